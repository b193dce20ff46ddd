/** The rule packs that every synth must pass: a finding without an acknowledgement fails it. */
import { Validations, type App, type Stage } from 'aws-cdk-lib';
import type { NagPack } from 'cdk-nag';
import { QuickAwsSolutionsChecks, QuickHipaaSecurityChecks, QuickNist80053R5Checks } from './nag-packs.ts';
import { PciDssChecks } from './pci-dss/pci-dss-checks.ts';
import { StrongroomChecks } from './strongroom-checks.ts';

export const enforceRulePacks = (app: App | Stage): void => {
  Validations.of(app).addPlugins(...rulePacks(app));
};

export const rulePacks = (app: App | Stage): NagPack[] => [
  new QuickAwsSolutionsChecks(app),
  new QuickNist80053R5Checks(app),
  new QuickHipaaSecurityChecks(app),
  new PciDssChecks(app),
  new StrongroomChecks(app),
];
