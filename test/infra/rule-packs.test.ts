/** The rule packs run at every synth, and a finding stops it. */
import { join } from 'node:path';
import { Stack, type App } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { loadCatalog } from '../../lib/catalog/load-catalog.ts';
import { enforceRulePacks } from '../../lib/policy/rule-packs.ts';
import { addEnvironments } from '../../lib/stacks/add-environments.ts';
import { exampleCatalog } from '../_fixtures/catalog-model.ts';
import { appWithoutBundling, withFolder } from '../_helpers/example-app.ts';

const packs = (app: App) => ({
  'AWS Solutions': new AwsSolutionsChecks(app),
  'NIST 800-53 R5': new NIST80053R5Checks(app),
});

const shipped = loadCatalog(join(import.meta.dirname, '..', '..', 'catalog'), { today: new Date('2026-11-21') });

test.each([
  { pack: 'AWS Solutions', of: 'the catalog that the app deploys', catalog: shipped },
  { pack: 'NIST 800-53 R5', of: 'the catalog that the app deploys', catalog: shipped },
  { pack: 'AWS Solutions', of: 'every kind of secret', catalog: exampleCatalog },
  { pack: 'NIST 800-53 R5', of: 'every kind of secret', catalog: exampleCatalog },
] as const)('$pack finds nothing open in $of', ({ pack: name, catalog }) => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    addEnvironments(app, catalog);
    const { violations } = packs(app)[name].validateScope(app);
    expect(violations).toEqual([]);
  });
});

test('a construct that breaks a rule stops the synth', () => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    new CfnSecret(new Stack(app, 'Bad'), 'Secret', {});
    enforceRulePacks(app);
    expect(() => app.synth()).toThrow(/AwsSolutions-SMG4[^]*NIST.800.53.R5-SecretsManagerUsingKMSKey/);
  });
});

test.each(['AWS Solutions', 'NIST 800-53 R5'] as const)('%s sees a secret that nothing rotates', (name) => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    new CfnSecret(new Stack(app, 'Bad'), 'Secret', {});
    const { violations } = packs(app)[name].validateScope(app);
    expect(violations.map(({ ruleName }) => ruleName).join()).toMatch(/SMG4|SecretsManagerRotationEnabled/);
  });
});

test('an acknowledgement stands on the construct that it is about: the app and its stacks have none', () => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    addEnvironments(app, exampleCatalog);
    const acknowledged = app.node
      .findAll()
      .filter(({ node }) => node.metadata.some(({ type }) => type === 'aws:cdk:acknowledged-rules'));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter((construct) => Stack.isStack(construct) || !construct.node.scope)).toEqual([]);
  });
});
