/** Every engine and strategy of the catalog in a template: what each function may do, what the tags say, who is paged. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../../../lib/catalog/load-catalog.ts';
import { databaseEngines } from '../../../lib/contract/index.ts';
import { ManagedSecret, acknowledge, databaseWithoutTls, type DatabaseTarget } from '../../../lib/index.ts';
import { StrongroomChecks } from '../../../lib/rules/strongroom-checks.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { aliasKey, constructStack } from '../../_helpers/construct-stack.ts';
import { appWithoutBundling, resourcesOfType, stackIn, synthesise, withFolder } from '../../_helpers/example-app.ts';

const catalog = loadCatalog(join(import.meta.dirname, '..', '..', '_fixtures', 'every-engine'), {
  today: new Date('2026-11-21'),
});
const stacks = synthesise(catalog);
const rotation = stackIn(stacks, 'strongroom-prod-rotation');
/** Without the function that starts first rotations. */
const rotationFunctions = resourcesOfType(rotation, 'AWS::Lambda::Function').filter(({ properties }) =>
  String(properties['FunctionName']).startsWith('strongroom-prod-rotation-'),
);
const data = stackIn(stacks, 'strongroom-prod-data');
const account = 'eu-west-1:444455556666';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the role of an engine's function may do beyond rotating its secrets: the statements of its further policies. */
const furtherStatements = (engine: string): Statement[] => {
  const role = `Rotation${engine}WorkerRole`;
  return resourcesOfType(rotation, 'AWS::IAM::ManagedPolicy')
    .filter(
      ({ properties, logicalId }) =>
        JSON.stringify(properties['Roles']).includes(role) && !logicalId.includes('Worker'),
    )
    .flatMap(({ properties }) => (properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
};

const actionsOn = (engine: string, service: string): { actions: string[]; resource: unknown }[] =>
  furtherStatements(engine)
    .map(({ Action, Resource }) => ({ actions: [Action].flat(), resource: Resource }))
    .filter(({ actions }) => actions[0]?.startsWith(`${service}:`));

test('each engine in use has a function of its own', () => {
  const functions = rotationFunctions.map(({ properties }) => properties['FunctionName']);
  expect(functions.sort()).toEqual(databaseEngines.map((engine) => `strongroom-prod-rotation-${engine}`).sort());
});

describe('a function may', () => {
  test('set the master password of exactly the instance whose admin it rotates', () => {
    expect(actionsOn('postgres', 'rds')).toEqual([
      { actions: ['rds:DescribeDBInstances'], resource: `arn:aws:rds:${account}:db:*` },
      { actions: ['rds:ModifyDBInstance'], resource: `arn:aws:rds:${account}:db:orders` },
    ]);
  });

  test('describe exactly its clusters, and set the master password of the one that it rotates', () => {
    expect(actionsOn('mysql', 'rds')).toEqual([
      {
        actions: ['rds:DescribeDBClusters'],
        resource: [`arn:aws:rds:${account}:cluster:legacy`, `arn:aws:rds:${account}:cluster:shop`],
      },
      { actions: ['rds:ModifyDBCluster'], resource: `arn:aws:rds:${account}:cluster:legacy` },
    ]);
  });

  test.each([
    ['mysql', ['legacy', 'shop']],
    ['mongo', 'documents'],
  ])('read, for %s, the master secrets that RDS keeps for its clusters, and no other', (engine, clusters) => {
    const arns = [clusters].flat().map((cluster) => `arn:aws:rds:${account}:cluster:${cluster}`);
    expect(furtherStatements(engine)).toContainEqual({
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      Resource: `arn:aws:secretsmanager:${account}:secret:rds!cluster-*`,
      Condition: { StringEquals: { 'aws:ResourceTag/aws:rds:primaryDBClusterArn': arns } },
    });
  });

  test('change exactly the ElastiCache user, by its id', () => {
    expect(furtherStatements('elasticache')).toEqual([
      {
        Effect: 'Allow',
        Action: ['elasticache:DescribeUsers', 'elasticache:ModifyUser'],
        Resource: `arn:aws:elasticache:${account}:user:cache-app`,
      },
    ]);
  });

  test('change exactly the MemoryDB user', () => {
    expect(furtherStatements('memorydb')).toEqual([
      {
        Effect: 'Allow',
        Action: ['memorydb:DescribeUsers', 'memorydb:UpdateUser'],
        Resource: `arn:aws:memorydb:${account}:user/sessions`,
      },
    ]);
  });

  test.each(['mariadb', 'redis', 'sqlserver'])('ask no other service anything, for %s on host names', (engine) => {
    expect(furtherStatements(engine)).toEqual([]);
  });
});

test('a function waits ten minutes where RDS sets master passwords, and two elsewhere', () => {
  const timeouts = rotationFunctions.map(({ properties }) => [
    String(properties['FunctionName']).replace('strongroom-prod-rotation-', ''),
    properties['Timeout'],
  ]);
  expect(Object.fromEntries(timeouts)).toEqual({
    postgres: 600,
    mysql: 600,
    mariadb: 120,
    redis: 120,
    elasticache: 120,
    memorydb: 120,
    sqlserver: 120,
    mongo: 120,
  });
});

test('every function is visited each hour, by its own rule alone', () => {
  const rules = resourcesOfType(rotation, 'AWS::Events::Rule');
  expect(rules).toHaveLength(databaseEngines.length);
  for (const { logicalId, properties } of rules) {
    expect(properties).toMatchObject({
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Targets: [
        { Input: '{"Action":"sweep"}', RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 1800 } },
      ],
    });
    const permission = resourcesOfType(rotation, 'AWS::Lambda::Permission').find(({ properties: { SourceArn } }) =>
      JSON.stringify(SourceArn ?? '').includes(`"${logicalId}"`),
    );
    expect(permission?.properties).toMatchObject({
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [logicalId, 'Arn'] },
    });
  }
});

test('what a secret says of its server and its rotation stands in its tags', () => {
  const tags = Object.fromEntries(
    resourcesOfType(data, 'AWS::SecretsManager::Secret').map(({ properties }) => [
      String(properties['Name']).replace('prod/data/', ''),
      Object.fromEntries(
        (properties['Tags'] as { Key: string; Value: string }[]).map(({ Key, Value }) => [
          Key.replace('strongroom:', ''),
          Value,
        ]),
      ),
    ]),
  );
  expect(tags['aurora-app']).toMatchObject({
    engine: 'mysql',
    'rds-cluster': 'shop',
    strategy: 'dual-password',
    grace: '12h',
    admin: 'rds',
  });
  expect(tags['mariadb-app']).toMatchObject({
    host: 'mariadb.every-engine.example',
    port: '3307',
    'tls-server-name': 'mariadb-1.every-engine.example',
    'read-replicas': 'mariadb-2.every-engine.example mariadb-3.every-engine.example:3308',
  });
  expect(tags['postgres-app']).toMatchObject({ strategy: 'alternating-users', grace: '24h' });
  expect(tags['cache']).toMatchObject({ engine: 'elasticache', 'user-id': 'cache-app', port: '6379' });
  expect(tags['cache']).not.toHaveProperty('dbname');
  expect(tags['postgres-root']).toMatchObject({ strategy: 'admin', 'admin-for': 'postgres' });
  expect(tags['postgres-root']).not.toHaveProperty('grace');
  expect(tags['reports']).toMatchObject({ tls: 'disable' });
});

test('an application has three alarms for all its secrets, and one for each secret, each with its runbook', () => {
  const alarms = resourcesOfType(data, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties);
  const perSecret = alarms.filter(({ MetricName }) => MetricName === 'RotationStepFailed');
  expect(perSecret).toHaveLength(resourcesOfType(data, 'AWS::SecretsManager::RotationSchedule').length);
  expect(perSecret[0]?.['AlarmDescription']).toMatch(
    / Runbook: https:\/\/git\.example\.com\/strongroom\/docs\/runbooks\/rotation-failed\.md$/,
  );
  const others = alarms.filter(({ MetricName }) => MetricName !== 'RotationStepFailed');
  expect(others.map(({ MetricName, Dimensions, AlarmName }) => ({ MetricName, Dimensions, AlarmName }))).toEqual(
    [
      { MetricName: 'RotationStuck', AlarmName: 'strongroom-rotation-stuck/prod/data' },
      { MetricName: 'RotationOverdue', AlarmName: 'strongroom-rotation-overdue/prod/data' },
      { MetricName: 'DiscardFailed', AlarmName: 'strongroom-discard-failed/prod/data' },
    ].map((alarm) => ({
      ...alarm,
      Dimensions: [
        { Name: 'application', Value: 'data' },
        { Name: 'environment', Value: 'prod' },
      ],
    })),
  );
  for (const { AlarmActions, Period, EvaluationPeriods, DatapointsToAlarm } of others) {
    expect({ AlarmActions, Period, EvaluationPeriods, DatapointsToAlarm }).toEqual({
      AlarmActions: [`arn:aws:sns:${account}:strongroom-prod-alerts-oncall`],
      Period: 3600,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 1,
    });
  }
});

test('a sweep that no longer counts pages the platform, and a new one does not before its first count', () => {
  const alarms = resourcesOfType(rotation, 'AWS::CloudWatch::Alarm').filter(({ properties }) =>
    String(properties['AlarmName']).endsWith('-sweep'),
  );
  expect(alarms).toHaveLength(databaseEngines.length);
  for (const { properties } of alarms) {
    expect(properties).toMatchObject({
      MetricName: 'RotationOverdue',
      Statistic: 'SampleCount',
      TreatMissingData: 'missing',
      EvaluationPeriods: 3,
      InsufficientDataActions: [`arn:aws:sns:${account}:strongroom-prod-alerts-oncall`],
    });
  }
});

describe('the rule packs', () => {
  test('find nothing open in any engine', () => {
    withFolder((folder) => {
      const app = appWithoutBundling(folder);
      addEnvironments(app, catalog);
      for (const pack of [new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new StrongroomChecks(app)]) {
        expect(pack.validateScope(app).violations).toEqual([]);
      }
    });
  });

  const withoutTls: DatabaseTarget = {
    engine: 'postgres',
    host: { name: 'db.example.com' },
    dbname: 'orders',
    username: 'orders',
    tls: 'disable',
  };
  const openFindings = (reason?: string): string[] => {
    const stack = constructStack();
    const secret = new ManagedSecret(stack, 'Secret', {
      environment: 'prod',
      application: 'payments',
      name: 'orders-db',
      class: 'database',
      owner: 'team-payments',
      contact: 'payments-oncall',
      encryptionKey: aliasKey(stack),
      database: withoutTls,
    });
    if (reason !== undefined) acknowledge(secret, { [databaseWithoutTls]: reason });
    const app = stack.node.root;
    if (!App.isApp(app)) throw new Error('The stack has no app');
    return new StrongroomChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
  };

  test('stop at a database without TLS, until somebody accepts it with a reason', () => {
    expect(openFindings()).toEqual(['Strongroom-DatabaseTls']);
    expect(openFindings('The old server has no certificate')).toEqual([]);
  });

  test('are enforced with the others', () => {
    withFolder((folder) => {
      const app = appWithoutBundling(folder);
      addEnvironments(app, withoutException());
      expect(() => app.synth()).toThrow(/Strongroom-DatabaseTls/);
    });
  });

  /** What a catalog can't say, but TypeScript can. */
  const withoutException = (): typeof catalog => ({
    ...catalog,
    environments: catalog.environments.map((environment) => ({
      ...environment,
      applications: environment.applications.map((application) => ({
        ...application,
        secrets: application.secrets.map(({ exception: _exception, ...secret }) => secret),
      })),
    })),
  });
});

test('a strategy that the engine does not have is refused before it is deployed', () => {
  expect(() =>
    synthesise({
      ...catalog,
      environments: catalog.environments.map((environment) => ({
        ...environment,
        applications: environment.applications.map((application) => ({
          ...application,
          secrets: application.secrets.map((secret) =>
            secret.name === 'sessions' && secret.rotation.kind === 'automatic'
              ? { ...secret, rotation: { ...secret.rotation, strategy: 'alternating-users' as const } }
              : secret,
          ),
        })),
      })),
    }),
  ).toThrow("prod/data/sessions can't have strategy alternating-users: MemoryDB has single-user, dual-password");
});
