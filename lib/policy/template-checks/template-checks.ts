/** CDK's own checks of every template, on two threads where there are many templates. */
import {
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyValidationStack,
} from 'aws-cdk-lib';
import { mergeReports } from './merge-reports.ts';
import { SecondThread } from './second-thread.ts';

export interface TemplateChecksProps {
  /**
   * How many templates are worth a second thread.
   * @default 50
   */
  readonly threadFrom?: number;
}

/**
 * What `CloudFormationValidatePlugin` checks, found in the same order: in a large app these checks take half of the
 * synth. CDK waits for a plugin, so this thread works on the last templates, and then waits for the other one.
 */
export class TemplateChecks extends CloudFormationValidatePlugin {
  /** Finds nothing itself: a plugin before all others, so that the second thread works while this one looks at the rule packs. */
  readonly ahead: IPolicyValidationPlugin = {
    name: 'Strongroom template checks',
    validate: ({ stackTemplates }) => {
      this.#second = this.#startThread(stackTemplates);
      return { success: true, violations: [] };
    },
  };

  readonly #threadFrom: number;
  #second: SecondThread | undefined;

  constructor({ threadFrom = 50 }: TemplateChecksProps = {}) {
    super();
    this.#threadFrom = threadFrom;
  }

  // As types these may be undefined, which a plugin's may not.
  override get version(): string {
    return super.version ?? 'unknown';
  }

  override get ruleIds(): string[] {
    return super.ruleIds ?? [];
  }

  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const { stackTemplates } = context;
    const second = this.#second ?? this.#startThread(stackTemplates);
    if (second === undefined) return super.validate(context);
    this.#second = undefined;
    // One call and no more: for each type of resource that it has not met, the plugin loads all of its rules again.
    const own = super.validate({ ...context, stackTemplates: stackTemplates.slice(shareOf(stackTemplates)) });
    return mergeReports([second.report(), own]);
  }

  #startThread(templates: readonly PolicyValidationStack[]): SecondThread | undefined {
    return templates.length < this.#threadFrom ? undefined : new SecondThread(templates.slice(0, shareOf(templates)));
  }
}

/** How many templates the second thread takes: it starts earlier, by about a third of the time of all. */
const shareOf = (templates: readonly PolicyValidationStack[]): number => Math.ceil((templates.length * 2) / 3);
