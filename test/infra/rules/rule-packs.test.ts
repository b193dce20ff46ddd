/** The rule packs run at every synth, and a finding stops it. */
import { join } from 'node:path';
import { Stack, type App } from 'aws-cdk-lib';
import { CfnRotationSchedule, CfnSecret, CfnSecretTargetAttachment } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Catalog, Consumer, EnvironmentCatalog, Secret } from '../../../lib/model/catalog.ts';
import { consumerRoleName } from '../../../lib/contract/index.ts';
import { loadCatalog } from '../../../lib/catalog/load-catalog.ts';
import {
  QuickAwsSolutionsChecks,
  QuickHipaaSecurityChecks,
  QuickNist80053R5Checks,
} from '../../../lib/rules/nag-packs.ts';
import { EncryptionKey } from '../../../lib/index.ts';
import { enforceRulePacks, rulePacks, type RulePackOptions } from '../../../lib/rules/rule-packs.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { appWithoutBundling, withFolder } from '../../_helpers/example-app.ts';

const shipped = loadCatalog(join(import.meta.dirname, '..', '..', '..', 'catalog'), { today: new Date('2026-11-21') });

/** The example, with a consumer of every kind, fences, and an adopted secret that another account reads, too. */
const everyConsumer: Catalog = {
  ...exampleCatalog,
  environments: exampleCatalog.environments.map((environment) => ({
    ...environment,
    fences: { organizationId: 'o-a1b2c3d4e5', vpcs: ['vpc-0a1b2c3d4e5f60718'], byTag: 'auto' },
    applications: environment.applications.map((application) => {
      const consumers = everyKind(environment, application.name);
      return {
        ...application,
        consumers: [...application.consumers, ...consumers],
        secrets: [
          ...application.secrets.map((secret) => ({
            ...secret,
            readers: [...secret.readers, ...consumers.map(({ name }) => name)],
          })),
          adoptedSecret(environment, application.name),
        ],
      };
    }),
  })),
};

const packs = ['AwsSolutions', 'NIST.800.53.R5', 'HIPAA.Security', 'StrongroomPci', 'Strongroom'];

describe.each([
  { of: 'the catalog that the app deploys', catalog: shipped },
  { of: 'every kind of secret', catalog: exampleCatalog },
  { of: 'every kind of consumer', catalog: everyConsumer },
])('in $of', ({ catalog }) => {
  let app: App;
  beforeAll(() => {
    app = withFolder(appWithoutBundling);
    addEnvironments(app, catalog);
  });

  test.each(packs)('%s finds nothing open', (name) => {
    const pack = rulePacks(app).find(({ readPackName }) => readPackName === name);
    expect(pack?.validateScope(app).violations).toEqual([]);
  });

  test('an acknowledgement stands on the construct that it is about: the app and its stacks have none', () => {
    const acknowledged = app.node
      .findAll()
      .filter(({ node }) => node.metadata.some(({ type }) => type === 'aws:cdk:acknowledged-rules'));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter((construct) => Stack.isStack(construct) || !construct.node.scope)).toEqual([]);
  });
});

test('the packs that every synth must pass are these', () => {
  const app = withFolder(appWithoutBundling);
  expect(rulePacks(app).map(({ readPackName }) => readPackName)).toEqual(packs);
});

test("a stack without Strongroom's constructs follows rules of its own", () => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    new CfnSecret(new Stack(app, 'Bad'), 'Secret', {});
    new EncryptionKey(new Stack(app, 'Good'), 'Key', { environment: 'prod' });
    enforceRulePacks(app);
    expect(() => app.synth()).not.toThrow();
  });
});

test.each<{ where: string; options?: RulePackOptions; add: (app: App, stack: Stack) => void }>([
  {
    where: "in a stack with one of Strongroom's constructs",
    add: (_, stack) => new EncryptionKey(stack, 'Key', { environment: 'prod' }),
  },
  { where: 'in any stack, where all are asked for', options: { stacks: 'all' }, add: () => undefined },
])('a construct that breaks a rule stops the synth $where', ({ options, add }) => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    const stack = new Stack(app, 'Bad');
    new CfnSecret(stack, 'Secret', {});
    add(app, stack);
    enforceRulePacks(app, options);
    expect(() => app.synth()).toThrow(
      /AwsSolutions-SMG4[^]*NIST\.800\.53\.R5-SecretsManagerUsingKMSKey[^]*HIPAA\.Security-SecretsManagerUsingKMSKey[^]*StrongroomPci-3\.6\.1-CustomerManagedKey/,
    );
  });
});

describe.each([
  { Quick: QuickAwsSolutionsChecks, Original: AwsSolutionsChecks, finds: /^AwsSolutions-SMG4$/ },
  { Quick: QuickNist80053R5Checks, Original: NIST80053R5Checks, finds: /SecretsManagerRotationEnabled$/ },
  { Quick: QuickHipaaSecurityChecks, Original: HIPAASecurityChecks, finds: /SecretsManagerRotationEnabled$/ },
])('$Original.name', ({ Quick, Original, finds }) => {
  const rotationRules = { scheduleExpression: 'rate(30 days)' };
  const rotationLambdaArn = 'arn:aws:lambda:eu-west-1:444455556666:function:rotate';
  test.each<{ of: string; add: (stack: Stack, secretId: string) => void; found: boolean }>([
    { of: 'that nothing rotates', add: () => undefined, found: true },
    {
      of: 'with a schedule and a function',
      add: (stack, secretId) => new CfnRotationSchedule(stack, 'S', { secretId, rotationLambdaArn, rotationRules }),
      found: false,
    },
    {
      of: 'with a schedule that has no function',
      add: (stack, secretId) => new CfnRotationSchedule(stack, 'S', { secretId, rotationRules }),
      found: true,
    },
    {
      of: 'with a function that has no schedule',
      add: (stack, secretId) => new CfnRotationSchedule(stack, 'S', { secretId, rotationLambdaArn }),
      found: true,
    },
    {
      of: 'whose attachment to a database has the schedule',
      add: (stack, secretId) => {
        const targetType = 'AWS::RDS::DBInstance';
        const attached = new CfnSecretTargetAttachment(stack, 'A', { secretId, targetId: 'orders', targetType });
        new CfnRotationSchedule(stack, 'S', { secretId: attached.ref, rotationLambdaArn, rotationRules });
      },
      found: false,
    },
    {
      of: 'beside another that rotates',
      add: (stack) => {
        const other = new CfnSecret(stack, 'Other', {});
        new CfnRotationSchedule(stack, 'S', { secretId: other.ref, rotationLambdaArn, rotationRules });
      },
      found: true,
    },
  ])('says the same of a secret $of as the rule that was replaced', ({ add, found }) => {
    const app = withFolder(appWithoutBundling);
    const stack = new Stack(app, 'Stack');
    add(stack, new CfnSecret(stack, 'Secret', {}).ref);
    const [ours, theirs] = [new Quick(app), new Original(app)].map((pack) => pack.validateScope(app).violations);
    expect(ours).toEqual(theirs);
    expect(ours?.some(({ ruleName }) => finds.test(ruleName))).toBe(found);
  });
});

function everyKind({ name: environment, account, region }: EnvironmentCatalog, application: string): Consumer[] {
  const named = (name: string) => ({ name, roleName: consumerRoleName(environment, application, name) });
  const issuer = `oidc.eks.${region}.amazonaws.com/id/EXAMPLE`;
  const subject = 'system:serviceaccount:shop:batch';
  const github = 'repo:northwind/shop:environment:production';
  const trustAnchor = `arn:aws:rolesanywhere:${region}:${account}:trust-anchor/11111111-2222-3333-4444-555555555555`;
  return [
    { ...named('k-lambda'), runsOn: 'lambda' },
    { ...named('k-ecs'), runsOn: 'ecs' },
    { ...named('k-cache'), runsOn: 'ecs', reads: 'by-version' },
    { ...named('k-agent'), runsOn: 'ecs-execution' },
    { ...named('k-ec2'), runsOn: 'ec2' },
    { ...named('k-pod'), runsOn: 'eks', cluster: 'shop', namespace: 'shop', serviceAccount: 'batch' },
    { ...named('k-irsa'), runsOn: 'eks-irsa', federation: { issuer, audience: 'sts.amazonaws.com', subject } },
    {
      ...named('k-ci'),
      runsOn: 'github',
      federation: { issuer: 'token.actions.githubusercontent.com', audience: 'sts.amazonaws.com', subject: github },
    },
    { ...named('k-oidc'), runsOn: 'oidc', federation: { issuer: 'id.example.com', audience: 'aws', subject: 'batch' } },
    {
      ...named('k-server'),
      runsOn: 'roles-anywhere',
      trustAnchor,
      subject: { commonName: 'batch.example.com' },
      sessionSeconds: 3600,
    },
    { name: 'k-role', roleArn: `arn:aws:iam::${account}:role/existing` },
    { name: 'k-partner', account: '999988887777', roleArn: 'arn:aws:iam::999988887777:role/settlement' },
    { name: 'k-people', permissionSet: 'Oncall' },
  ];
}

function adoptedSecret({ account, region }: EnvironmentCatalog, application: string): Secret {
  return {
    name: 'legacy',
    fullName: `legacy/${application}`,
    class: 'generic',
    sensitivity: 'high',
    value: 'supplied',
    readers: ['k-lambda', 'k-partner'],
    rotation: { kind: 'manual' },
    adopted: {
      arn: `arn:aws:secretsmanager:${region}:${account}:secret:legacy/${application}-AbCdEf`,
      keyArn: `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`,
    },
  };
}
