/** The rule packs that every synth must pass: a finding without an acknowledgement fails it. */
import { Validations, type App, type Stage } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { StrongroomChecks } from './strongroom-checks.ts';

export const enforceRulePacks = (app: App | Stage): void => {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new StrongroomChecks(app));
};
