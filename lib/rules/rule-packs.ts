/** The rule packs that every synth must pass: a finding without an acknowledgement fails it. */
import {
  Validations,
  type App,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type Stage,
} from 'aws-cdk-lib';
import type { NagPack } from 'cdk-nag';
import { QuickAwsSolutionsChecks, QuickHipaaSecurityChecks, QuickNist80053R5Checks } from './nag-packs.ts';
import { ownStacksIn, type StackScope } from './template/own-stacks.ts';
import { PciDssChecks } from './pci-dss/pci-dss-checks.ts';
import { StrongroomChecks } from './strongroom-checks.ts';
import { mergeReports } from './template-checks/merge-reports.ts';

export interface RulePackOptions {
  /**
   * `strongroom`: the stacks that have a construct of Strongroom. `all`: every stack of the app.
   * @default 'strongroom'
   */
  readonly stacks?: StackScope;
}

/** Makes every synth of the app fail if one of its stacks breaks a rule without an acknowledgement. */
export const enforceRulePacks = (app: App | Stage, { stacks = 'strongroom' }: RulePackOptions = {}): void => {
  const packs = rulePacks(app);
  Validations.of(app).addPlugins(...(stacks === 'all' ? packs : packs.map((pack) => new OwnStacksOnly(pack))));
};

export const rulePacks = (app: App | Stage): NagPack[] => [
  new QuickAwsSolutionsChecks(app),
  new QuickNist80053R5Checks(app),
  new QuickHipaaSecurityChecks(app),
  new PciDssChecks(app),
  new StrongroomChecks(app),
];

/** A pack over Strongroom's stacks: an app can have other stacks, with other rules. */
class OwnStacksOnly implements IPolicyValidationPlugin {
  readonly name: string;
  readonly ruleIds?: string[];
  readonly #pack: NagPack;

  constructor(pack: NagPack) {
    this.#pack = pack;
    this.name = pack.name;
    if (pack.ruleIds) this.ruleIds = pack.ruleIds;
  }

  validate({ appConstruct }: IPolicyValidationContext): PolicyValidationPluginReport {
    return mergeReports(ownStacksIn(appConstruct).map((stack) => this.#pack.validateScope(stack)));
  }
}
