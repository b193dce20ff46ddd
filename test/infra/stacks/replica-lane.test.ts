/** The fast lane of the audit in regions with replicas: what is forwarded, what waits, and who is paged. */
import { expect, test } from 'vitest';
import type { Catalog, EnvironmentCatalog } from '../../../lib/model/catalog.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { resourcesOfType, stackIn, synthesise } from '../../_helpers/example-app.ts';

const region = 'eu-central-1';

const withReplicas = (change: (prod: EnvironmentCatalog) => EnvironmentCatalog = (prod) => prod): Catalog => ({
  ...exampleCatalog,
  environments: exampleCatalog.environments
    .filter(({ name }) => name === 'prod')
    .map((prod) =>
      change({
        ...prod,
        applications: prod.applications.map((application) => ({
          ...application,
          secrets: application.secrets.map((secret) =>
            secret.name === 'stripe-key' ? { ...secret, replicas: [region] } : secret,
          ),
        })),
      }),
    ),
});

const stacks = synthesise(withReplicas());
const there = stackIn(stacks, `strongroom-prod-foundation-${region}`);
const home = stackIn(stacks, 'strongroom-prod-audit');
const alarmName = `strongroom-prod-audit-replica/${region}`;

test('events of Secrets Manager, reads among them, go to the bus of the environment, of this region alone', () => {
  const rules = resourcesOfType(there, 'AWS::Events::Rule').map(({ properties }) => properties);
  const calls = rules[0];
  expect(calls).toMatchObject({
    State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
    EventPattern: { source: ['aws.secretsmanager'], region: [region] },
  });
  for (const rule of rules) {
    expect(rule['EventPattern']).toMatchObject({ region: [region] });
    expect(rule['Targets']).toEqual([
      expect.objectContaining({
        Arn: 'arn:aws:events:eu-west-1:444455556666:event-bus/default',
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^AuditDeadLetters/), 'Arn'] } },
      }),
    ]);
  }
});

test('the role of the rules can send to that bus alone', () => {
  const [policy] = resourcesOfType(there, 'AWS::IAM::ManagedPolicy').map(({ properties }) => properties);
  expect(policy!['PolicyDocument']).toMatchObject({
    Statement: [
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: 'arn:aws:events:eu-west-1:444455556666:event-bus/default',
      },
    ],
  });
});

test('events that the bus did not take wait two weeks, and the contact of the platform is paged at home', () => {
  expect(resourcesOfType(there, 'AWS::SQS::Queue').map(({ properties }) => properties)).toEqual([
    expect.objectContaining({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true }),
  ]);
  expect(resourcesOfType(there, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties['AlarmName'])).toEqual([
    alarmName,
  ]);
  const changes = resourcesOfType(there, 'AWS::Events::Rule').at(-1)?.properties;
  const pattern = {
    source: ['aws.cloudwatch'],
    'detail-type': ['CloudWatch Alarm State Change'],
    region: [region],
    detail: { alarmName: [alarmName], state: { value: ['ALARM'] } },
  };
  expect(changes!['EventPattern']).toEqual(pattern);
  const counts = resourcesOfType(home, 'AWS::Events::Rule').filter(
    ({ properties }) => JSON.stringify(properties['EventPattern']) === JSON.stringify(pattern),
  );
  expect(counts).toHaveLength(1);
  expect(
    resourcesOfType(home, 'AWS::CloudWatch::Alarm').filter(({ properties }) => properties['AlarmName'] === alarmName),
  ).toEqual([
    expect.objectContaining({
      properties: expect.objectContaining({
        MetricName: 'TriggeredRules',
        Dimensions: [{ Name: 'RuleName', Value: { Ref: counts[0]!.logicalId } }],
        AlarmActions: [expect.anything()],
      }) as unknown,
    }),
  ]);
});

test('without a destination the same is forwarded, for the detections', () => {
  const alone = synthesise(withReplicas((prod) => ({ ...prod, destinations: [] })));
  expect(resourcesOfType(stackIn(alone, `strongroom-prod-foundation-${region}`), 'AWS::Events::Rule')).toEqual(
    resourcesOfType(there, 'AWS::Events::Rule'),
  );
});
