/** CDK's own checks of every template; in a large app, of every template that differs from the others. */
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
   * `strongroom`: Strongroom's stacks, and the others if CDK would check them anyway. `all`: every stack.
   * @default 'strongroom'
   */
  readonly stacks?: StackScope;
  /**
   * Number of templates from which similar ones are checked once.
   * @default 50
   */
  readonly alikeFrom?: number;
}

/**
 * Finds what `CloudFormationValidatePlugin` finds. A check of every template takes half of the synth of a large app, and
 * most of its resources differ only in their names. If a check of the different templates finds anything, all templates
 * are checked, so that the report is complete.
 */
export class TemplateChecks extends CloudFormationValidatePlugin {
  readonly #stacks: StackScope;
  readonly #alikeFrom: number;

  constructor({ stacks = 'strongroom', alikeFrom = 50 }: TemplateChecksProps = {}) {
    super();
    this.#stacks = stacks;
    this.#alikeFrom = alikeFrom;
  }

  // Their types allow undefined, those of a plugin do not.
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

  /** A plugin of this kind replaces CDK's own, which also checks the stacks of the user. */
  #inScope({ appConstruct, stackTemplates }: IPolicyValidationContext): PolicyValidationStack[] {
    if (this.#stacks === 'all' || cdkChecks(appConstruct)) return stackTemplates;
    const own = new Set(ownStacksIn(appConstruct).map(({ node }) => node.path));
    return stackTemplates.filter(({ stackConstructPath }) => own.has(stackConstructPath));
  }
}

/** `builtinCloudFormationValidation: false` and `cdk synth --no-validation` turn CDK's own checks off. */
const cdkChecks = (app: IConstruct): boolean =>
  (app as Partial<App>)._builtinCloudFormationValidation !== false && process.env['CDK_VALIDATION'] !== 'false';
