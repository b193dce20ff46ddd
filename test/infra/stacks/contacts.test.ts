/** What each kind of contact becomes in the templates. */
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Catalog, Contact } from '../../../lib/model/catalog.ts';
import { defaultPagerDutySeverities } from '../../../lib/contract/index.ts';
import { AlertKey, AlertTopic } from '../../../lib/index.ts';
import { rulePacks } from '../../../lib/rules/rule-packs.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { FoundationStack } from '../../../lib/stacks/foundation-stack.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { constructStack } from '../../_helpers/construct-stack.ts';
import { appWithoutBundling, resourcesOfType, synthesise, withFolder } from '../../_helpers/example-app.ts';

const id = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const topic = 'arn:aws:sns:eu-west-1:444455556666:noc';
const slack = { workspace: 'T0123456789', channel: 'C0123456789' };
const teams = { tenant: id, team: id, channel: '19%3Aalarms%40thread.tacv2' };

/** The example's environment prod, with these contacts: the first is that of the platform. */
const catalogWith = ([platform, ...others]: readonly [Contact, ...Contact[]]): Catalog => ({
  ...exampleCatalog,
  environments: exampleCatalog.environments
    .filter(({ name }) => name === 'prod')
    .map((environment) => ({
      ...environment,
      contact: platform,
      applications: environment.applications.map((application, index) => ({
        ...application,
        contact: others[index % Math.max(others.length, 1)] ?? platform,
      })),
    })),
});

const foundationWith = (contact: Contact): Template => {
  const [prod] = catalogWith([contact]).environments;
  if (!prod) throw new Error('The example catalog has no environment prod');
  return Template.fromStack(new FoundationStack(new App(), prod));
};

const ownTopic = { TopicName: 'strongroom-prod-alerts-oncall', KmsMasterKeyId: Match.anyValue() };

test('each address of an e-mail contact subscribes to its one topic', () => {
  const foundation = foundationWith({ name: 'oncall', email: ['a@example.com', 'b@example.com'] });
  foundation.resourceCountIs('AWS::SNS::Topic', 1);
  for (const Endpoint of ['a@example.com', 'b@example.com']) {
    foundation.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint });
  }
});

test('one address in a list is deployed as one without a list', () => {
  const [one, listed] = ['a@example.com', ['a@example.com']].map((email) => foundationWith({ name: 'oncall', email }));
  expect(listed?.toJSON()).toEqual(one?.toJSON());
});

test('a webhook subscribes by https to an encrypted topic', () => {
  const foundation = foundationWith({ name: 'oncall', webhook: 'https://alerts.example.com/sns' });
  foundation.hasResourceProperties('AWS::SNS::Topic', ownTopic);
  foundation.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'https',
    Endpoint: 'https://alerts.example.com/sns',
  });
});

describe.each([
  {
    kind: 'Slack',
    contact: { name: 'oncall', slack },
    type: 'AWS::Chatbot::SlackChannelConfiguration',
    properties: { SlackWorkspaceId: slack.workspace, SlackChannelId: slack.channel },
  },
  {
    kind: 'Microsoft Teams',
    contact: { name: 'oncall', teams },
    type: 'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
    properties: { TeamsTenantId: id, TeamId: id, TeamsChannelId: teams.channel },
  },
])('a channel of $kind', ({ contact, type, properties }) => {
  let foundation: Template;
  beforeAll(() => {
    foundation = foundationWith(contact);
  });

  test('gets what is published to an encrypted topic', () => {
    foundation.hasResourceProperties('AWS::SNS::Topic', ownTopic);
    foundation.hasResourceProperties(type, {
      ...properties,
      ConfigurationName: Match.stringLikeRegexp('^strongroom-prod-alerts-oncall-[0-9a-f]{12}$'),
      SnsTopicArns: [{ Ref: Match.stringLikeRegexp('^Alertsoncall') }],
    });
  });

  test('can do what its guardrail and its role allow: read alarms, and nothing else', () => {
    foundation.hasResourceProperties(type, {
      GuardrailPolicies: [{ Ref: Match.stringLikeRegexp('^ChatAccessGuardrail') }],
      IamRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ChatAccessRole'), 'Arn'] },
    });
    const policies = foundation.findResources('AWS::IAM::ManagedPolicy', {
      Properties: { Roles: [{ Ref: Match.stringLikeRegexp('^ChatAccessRole') }] },
    });
    const documents = Object.values(policies).map(
      (one) => (one['Properties'] as { PolicyDocument: { Statement: unknown } }).PolicyDocument.Statement,
    );
    expect(documents).toEqual([
      [
        {
          Effect: 'Allow',
          Action: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:GetMetricWidgetImage'],
          Resource: '*',
        },
      ],
    ]);
    const roles = foundation.findResources('AWS::IAM::Role', {
      Properties: { AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'chatbot.amazonaws.com' } }] } },
    });
    const [role, ...more] = Object.values(roles);
    expect(more).toEqual([]);
    expect(role?.['Properties']).not.toHaveProperty('ManagedPolicyArns');
    expect(role?.['Properties']).not.toHaveProperty('Policies');
  });
});

test('another workspace is another configuration, whose name does not collide with the one that it replaces', () => {
  const nameIn = (workspace: string, name = 'oncall'): unknown => {
    const found = foundationWith({ name, slack: { ...slack, workspace } }).findResources(
      'AWS::Chatbot::SlackChannelConfiguration',
    );
    const [one] = Object.values(found);
    return (one?.['Properties'] as { ConfigurationName: string } | undefined)?.ConfigurationName;
  };
  expect(nameIn('T0123456789')).toBe(nameIn('T0123456789'));
  expect(nameIn('T0123456789')).not.toBe(nameIn('T0123456780'));
  expect(String(nameIn('T0123456789', 'o'.repeat(200))).length).toBeLessThanOrEqual(128);
});

test('an existing topic is what alarms publish to, and nothing is made for it', () => {
  const all = [...synthesise(catalogWith([{ name: 'oncall', topic }])).values()];
  const alarms = all.flatMap((stack) => resourcesOfType(stack, 'AWS::CloudWatch::Alarm'));
  expect(alarms.length).toBeGreaterThan(1);
  for (const { properties } of alarms) expect(properties['AlarmActions']).toEqual([topic]);
  const types = all.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type));
  expect(types.filter((type) => /^AWS::(SNS|Chatbot)::/.test(type))).toEqual([]);
});

describe('with a contact of every kind', () => {
  const every: [Contact, ...Contact[]][] = [
    [
      { name: 'mail', email: ['a@example.com', 'b@example.com'] },
      { name: 'chat', slack },
      { name: 'team', teams },
    ],
    [
      { name: 'hook', webhook: 'https://alerts.example.com/sns' },
      { name: 'noc', topic },
    ],
  ];

  test.each(every)('the rule packs find nothing open (%#)', (...contacts) => {
    const app = withFolder(appWithoutBundling);
    addEnvironments(app, catalogWith(contacts));
    const violations = rulePacks(app).flatMap((pack) => pack.validateScope(app).violations);
    expect(violations).toEqual([]);
  });
});

describe('a contact of PagerDuty', () => {
  const mail: Contact = { name: 'mail', email: 'a@example.com' };
  const pagerduty = { region: 'eu', fallback: mail, severity: defaultPagerDutySeverities } as const;
  let foundation: Template;
  beforeAll(() => {
    foundation = foundationWith({ name: 'oncall', pagerduty });
  });

  test('has its topic, a queue behind it that takes messages of this topic alone, and a topic of its fallback', () => {
    foundation.resourceCountIs('AWS::SNS::Topic', 2);
    foundation.hasResourceProperties('AWS::SNS::Topic', ownTopic);
    foundation.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      TopicArn: { Ref: Match.stringLikeRegexp('^Alertsoncall') },
      Endpoint: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PagerDutyQueue'), 'Arn'] },
      RedrivePolicy: Match.anyValue(),
    });
    foundation.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: Match.stringLikeRegexp('^Alertsoncall') } } },
          }),
        ]),
      },
    });
  });

  test('has a secret without a value, which the function alone reads and operators put', () => {
    foundation.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'prod/strongroom/oncall-pagerduty',
      GenerateSecretString: Match.absent(),
      SecretString: Match.absent(),
    });
    foundation.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'strongroom-prod-pagerduty',
      Environment: {
        Variables: Match.objectLike({
          STRONGROOM_PAGERDUTY_CONTACTS: {
            'Fn::Join': [
              '',
              Match.arrayWith([Match.stringLikeRegexp('"secret":"prod/strongroom/oncall-pagerduty","region":"eu"')]),
            ],
          },
        }),
      },
    });
    expect(JSON.stringify(foundation.toJSON())).not.toMatch(/routing_key|events\.pagerduty/);
  });

  test('is not what alarms about PagerDuty page: they page the fallback', () => {
    const alarms = Object.values(foundation.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties as { AlarmName: string; AlarmActions: unknown },
    );
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual([
      'strongroom-prod-pagerduty-age',
      'strongroom-prod-pagerduty-dead-letters',
      'strongroom-prod-pagerduty-errors',
      'strongroom-prod-pagerduty-oncall-secret-changed',
    ]);
    for (const { AlarmActions } of alarms) {
      expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^Alertsmail/) as string }]);
    }
  });

  test('passes the rule packs, also next to another one with another fallback', () => {
    const app = withFolder(appWithoutBundling);
    const noc: Contact = { name: 'noc', topic };
    addEnvironments(
      app,
      catalogWith([
        { name: 'oncall', pagerduty },
        { name: 'team', pagerduty: { ...pagerduty, region: 'us', fallback: noc } },
      ]),
    );
    expect(rulePacks(app).flatMap((pack) => pack.validateScope(app).violations)).toEqual([]);
  });
});

test('a chat without chatAccess is refused with what to make', () => {
  const stack = constructStack();
  const { key: encryptionKey } = new AlertKey(stack, 'AlertKey', { environment: 'prod' });
  expect(
    () => new AlertTopic(stack, 'Chat', { environment: 'prod', contact: { name: 'chat', slack }, encryptionKey }),
  ).toThrow('The contact chat is a chat, and chatAccess is missing: make a ChatAccess');
});
