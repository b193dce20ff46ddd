/** CDK's own checks of every template, and in a large app of every template that is unlike the others. */
import {
  CloudFormationValidatePlugin,
  type App,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
  type PolicyValidationStack,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ownStacksIn, type StackScope } from '../template/own-stacks.ts';
import { unlikeTemplates } from './unlike-templates.ts';

export interface TemplateChecksProps {
  /**
   * `strongroom`: Strongroom's stacks, and the others as far as CDK would check them by itself. `all`: every stack.
   * @default 'strongroom'
   */
  readonly stacks?: StackScope;
  /**
   * From how many templates on those that are alike are checked once.
   * @default 50
   */
  readonly alikeFrom?: number;
}

/**
 * Finds what `CloudFormationValidatePlugin` finds. A check of every template takes half of the synth of a large app, and
 * most of its resources differ by their names alone. If anything is found in the templates that are unlike the others, all
 * of them are checked, so that the report is complete.
 */
export class TemplateChecks extends CloudFormationValidatePlugin {
  readonly #stacks: StackScope;
  readonly #alikeFrom: number;

  constructor({ stacks = 'strongroom', alikeFrom = 50 }: TemplateChecksProps = {}) {
    super();
    this.#stacks = stacks;
    this.#alikeFrom = alikeFrom;
  }

  // As types these may be undefined, which a plugin's may not.
  override get version(): string {
    return super.version ?? 'unknown';
  }

  override get ruleIds(): string[] {
    return super.ruleIds ?? [];
  }

  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const stackTemplates = this.#inScope(context);
    if (stackTemplates.length < this.#alikeFrom) return super.validate({ ...context, stackTemplates });
    const report = super.validate({ ...context, stackTemplates: unlikeTemplates(stackTemplates) });
    return report.violations.length === 0 ? report : super.validate({ ...context, stackTemplates });
  }

  /** A plugin of this kind takes the place of CDK's own, which looks at the stacks of the user, too. */
  #inScope({ appConstruct, stackTemplates }: IPolicyValidationContext): PolicyValidationStack[] {
    if (this.#stacks === 'all' || cdkChecks(appConstruct)) return stackTemplates;
    const own = new Set(ownStacksIn(appConstruct).map(({ node }) => node.path));
    return stackTemplates.filter(({ stackConstructPath }) => own.has(stackConstructPath));
  }
}

/** `builtinCloudFormationValidation: false` and `cdk synth --no-validation` turn CDK's own checks off. */
const cdkChecks = (app: IConstruct): boolean =>
  (app as Partial<App>)._builtinCloudFormationValidation !== false && process.env['CDK_VALIDATION'] !== 'false';
