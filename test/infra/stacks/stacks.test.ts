/** The app as a whole: what is deployed in which order, what must never be replaced, and what stacks do not share. */
import { Role } from 'aws-cdk-lib/aws-iam';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { assert, describe, expect, test } from 'vitest';
import type { Catalog, EnvironmentCatalog } from '../../../lib/model/catalog.ts';
import {
  addEnvironments,
  AlertKey,
  AlertTopic,
  AuditTrail,
  BreakGlassRole,
  Consumer,
  DatabaseRotation,
  EncryptionKey,
  enforceRulePacks,
} from '../../../lib/index.ts';
import { exampleCatalog, opensearch, securityLake, splunk, syslog } from '../../_fixtures/catalog-model.ts';
import { nothingDeclared } from '../../_fixtures/declared-access.ts';
import { constructStack, databaseSecret } from '../../_helpers/construct-stack.ts';
import { appWithoutBundling, resourcesOfType, stackIn, synthesise, withFolder } from '../../_helpers/example-app.ts';

const stacks = synthesise();

test('an environment is a foundation, its rotation and audit, and one stack an application', () => {
  expect([...stacks.keys()].sort()).toEqual([
    'strongroom-dev-audit',
    'strongroom-dev-foundation',
    'strongroom-dev-logistics',
    'strongroom-dev-payments',
    'strongroom-dev-rotation',
    'strongroom-prod-audit',
    'strongroom-prod-foundation',
    'strongroom-prod-logistics',
    'strongroom-prod-payments',
    'strongroom-prod-rotation',
  ]);
});

test('all stacks stand where `cdk diff` and `cdk deploy --all` look for them: in no nested assembly', () => {
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    addEnvironments(app, exampleCatalog);
    const assembly = app.synth();
    expect(assembly.nestedAssemblies).toEqual([]);
    expect(assembly.stacks.map(({ hierarchicalId }) => hierarchicalId)).toContain('prod/payments');
  });
});

test('stacks share nothing but names: none exports, imports or outputs anything', () => {
  for (const { template } of stacks.values()) {
    expect(template.Outputs).toBeUndefined();
    expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|Fn::GetStackOutput/);
  }
});

test('the foundation is deployed first, and rotation before the applications whose secrets it rotates', () => {
  const after = (name: string) => [...stackIn(stacks, `strongroom-prod-${name}`).dependencies].sort();
  expect(after('foundation')).toEqual([]);
  expect(after('rotation')).toEqual(['strongroom-prod-foundation']);
  expect(after('audit')).toEqual(['strongroom-prod-foundation']);
  expect(after('payments')).toEqual(['strongroom-prod-foundation', 'strongroom-prod-rotation']);
});

// A changed logical id makes CloudFormation replace the resource: a new key, a new secret, a lost trail.
test.each([
  {
    stack: 'strongroom-prod-foundation',
    type: 'AWS::KMS::Key',
    ids: ['AlertKeyEA89637F', 'HighKey68254321', 'StandardKey1D39E6E6'],
  },
  { stack: 'strongroom-prod-audit', type: 'AWS::KMS::Key', ids: ['AuditTrailKeyCDB08BC6'] },
  {
    stack: 'strongroom-prod-audit',
    type: 'AWS::S3::Bucket',
    ids: ['AuditTrailAccessLogB4DCF3B7', 'AuditTrailFilesFB7EA711'],
  },
  {
    stack: 'strongroom-prod-audit',
    type: 'AWS::SQS::Queue',
    ids: [
      'AuditCompleteLaneFiles8DE5CF80',
      'AuditDeadLettersAE82006B',
      'AuditDestinationsiemDeadLetters239EAFF0',
      'AuditDestinationsiemQueueB7744D58',
      'AuditDetectionsDeadLetters4385A359',
      'AuditDetectionsQueue5A7D2F01',
      'AuditEvents9148872F',
    ],
  },
  {
    stack: 'strongroom-prod-audit',
    type: 'AWS::DynamoDB::Table',
    ids: ['AuditDetectionsState4DFB50DC', 'AuditLedgerCB882B0A'],
  },
  { stack: 'strongroom-prod-audit', type: 'AWS::SecretsManager::Secret', ids: ['AuditSiemDestinationSecretDB4B2AD9'] },
  {
    stack: 'strongroom-prod-audit',
    type: 'AWS::Logs::LogGroup',
    ids: [
      'AuditCompleteLaneReaderLogGroup6891DF16',
      'AuditDestinationsiemForwarderLogGroup7BEEB8F5',
      'AuditDetectionsDetectorLogGroup88B1D562',
      'AuditForwarderLogGroupD2CB9204',
    ],
  },
  {
    stack: 'strongroom-prod-rotation',
    type: 'AWS::Logs::LogGroup',
    ids: ['FirstRotationOfprodWorkerLogGroup02408025', 'RotationpostgresWorkerLogGroupC7A4323C'],
  },
  {
    stack: 'strongroom-prod-payments',
    type: 'AWS::SecretsManager::Secret',
    ids: ['SecretordersdbSecretCBC5E088', 'SecretstripekeySecretFED504D3'],
  },
])('the logical ids of $type in $stack never change', ({ stack, type, ids }) => {
  const resources = resourcesOfType(stackIn(stacks, stack), type);
  expect(resources.map(({ logicalId }) => logicalId).sort()).toEqual(ids);
});

test('every secret with its fence, its key and the files of the trail stay when their stack goes', () => {
  const stateful = [
    'AWS::SecretsManager::Secret',
    'AWS::SecretsManager::ResourcePolicy',
    'AWS::KMS::Alias',
    'AWS::S3::Bucket',
    'AWS::Logs::LogGroup',
  ];
  for (const stack of stacks.values()) {
    for (const { logicalId, deletionPolicy, updateReplacePolicy } of stateful.flatMap((type) =>
      resourcesOfType(stack, type),
    )) {
      expect({ logicalId, deletionPolicy, updateReplacePolicy }).toEqual({
        logicalId,
        deletionPolicy: 'RetainExceptOnCreate',
        updateReplacePolicy: 'Retain',
      });
    }
  }
});

test('each contact has one topic an environment, whoever shares it', () => {
  const topics = resourcesOfType(stackIn(stacks, 'strongroom-prod-foundation'), 'AWS::SNS::Topic');
  expect(topics.map(({ properties }) => properties['TopicName'])).toEqual([
    'strongroom-prod-alerts-platform-oncall',
    'strongroom-prod-alerts-payments-oncall',
  ]);
});

test('a function stands in a VPC where the environment has a network, and only there', () => {
  const vpcConfig = (environment: string) =>
    resourcesOfType(stackIn(stacks, `strongroom-${environment}-rotation`), 'AWS::Lambda::Function')[0]?.properties[
      'VpcConfig'
    ];
  expect(vpcConfig('dev')).toBeUndefined();
  expect(vpcConfig('prod')).toEqual({
    SubnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0f1e2d3c4b5a69788'],
    SecurityGroupIds: ['sg-0a1b2c3d4e5f60718'],
  });
});

test('an environment in which nothing rotates on a schedule has no rotation stack', () => {
  const names = [...synthesise(withProd((prod) => ({ ...prod, applications: [] }))).keys()];
  expect(names).toContain('strongroom-prod-audit');
  expect(names).not.toContain('strongroom-prod-rotation');
});

test.each(['create', 'existing'] as const)(
  'without a SIEM, the normaliser and the detections run all the same (trail: %s)',
  (trail) => {
    const audit = stackIn(
      synthesise(withProd((prod) => ({ ...prod, destinations: [], trail }))),
      'strongroom-prod-audit',
    );
    const named = (type: string, name: string): unknown[] =>
      resourcesOfType(audit, type).map(({ properties }) => properties[name]);
    expect(resourcesOfType(audit, 'AWS::CloudTrail::Trail')).toHaveLength(trail === 'create' ? 1 : 0);
    expect(resourcesOfType(audit, 'AWS::SecretsManager::Secret')).toEqual([]);
    expect(named('AWS::DynamoDB::Table', 'TableName')).toEqual(['strongroom-prod-audit-detections']);
    expect(named('AWS::Lambda::Function', 'FunctionName').sort()).toEqual([
      'strongroom-prod-audit',
      'strongroom-prod-audit-detect',
    ]);
    expect(named('AWS::CloudWatch::Alarm', 'AlarmName').sort()).toEqual([
      'strongroom-prod-audit-age',
      'strongroom-prod-audit-detect-age',
      'strongroom-prod-audit-detect-dead-letters',
      'strongroom-prod-audit-detect-errors',
      'strongroom-prod-audit-errors',
      'strongroom-prod-audit-heartbeat',
      'strongroom-prod-audit-quarantine',
    ]);
  },
);

test('refuses a schedule for a secret that no function can rotate', () => {
  const catalog = withProd((prod) => ({
    ...prod,
    applications: prod.applications.map((application) => ({
      ...application,
      secrets: application.secrets.map((secret) =>
        secret.name === 'stripe-key'
          ? {
              ...secret,
              rotation: {
                kind: 'automatic',
                strategy: 'single-user',
                everyHours: 24,
                schedule: { expression: 'rate(1 day)' },
              },
            }
          : secret,
      ),
    })),
  }));
  expect(() => synthesise(catalog)).toThrow(
    "prod/payments/stripe-key can't rotate on a schedule: only secrets of class database do. Write rotation: manual",
  );
});

describe('without a catalog', () => {
  test('every construct deploys into a stack of any account and region, and has no open finding', () => {
    const stack = constructStack({});
    const app: unknown = stack.node.root;
    assert(app instanceof App);
    const environment = 'prod';
    const { key } = new EncryptionKey(stack, 'Key', { environment });
    const { topic } = new AlertTopic(stack, 'Alerts', {
      environment,
      contact: { name: 'oncall', email: 'oncall@example.com' },
      encryptionKey: new AlertKey(stack, 'AlertKey', { environment }).key,
    });
    new BreakGlassRole(stack, 'BreakGlass', {
      environment,
      principals: [Role.fromRoleArn(stack, 'Commander', 'arn:aws:iam::444455556666:role/incident-commander')],
      encryptionKeys: [key],
    });
    const secret = databaseSecret(stack, { encryptionKey: key });
    secret.grantRead(
      new Consumer(stack, 'Api', { environment, application: 'payments', name: 'api', runsOn: 'lambda' }),
    );
    new DatabaseRotation(stack, 'Rotation', {
      environment,
      engine: 'postgres',
      encryptionKeys: [key],
      alertTopic: topic,
    }).addSchedule(secret, { strategy: 'single-user', schedule: { expression: 'rate(7 days)' } });
    new AuditTrail(stack, 'Audit', {
      environment,
      destinations: [splunk, opensearch, syslog, securityLake],
      encryptionKey: key,
      owner: 'team-platform',
      contact: 'oncall',
      alertTopic: topic,
      detections: { access: nothingDeclared },
    });
    enforceRulePacks(app);
    // Rotation, first rotation, the normaliser, the reader of the trail's files, the detections, and one for each destination.
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 9);
  });
});

function withProd(change: (prod: EnvironmentCatalog) => EnvironmentCatalog): Catalog {
  return {
    ...exampleCatalog,
    environments: exampleCatalog.environments.map((environment) =>
      environment.name === 'prod' ? change(environment) : environment,
    ),
  };
}
