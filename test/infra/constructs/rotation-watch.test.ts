/** The watch of rotations by functions of your own: what it may do, what it is asked, and whom it pages. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { watchSchema } from '../../../lambdas/rotation-watch/watch/event.ts';
import { parseBy } from '../../../lambdas/runtime/parse-by.ts';
import { enforceRulePacks, FunctionRotation, loadCatalog, RotationWatch } from '../../../lib/index.ts';
import { overdueAfterHours } from '../../../lib/constructs/rotation-watch/overdue-after.ts';
import { Environment } from '../../../lib/stacks/environment.ts';
import { catalogFolder, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';
import { account, databaseSecret, region } from '../../_helpers/construct-stack.ts';
import { cdkContext, resourcesOfType, stackIn, synthesiseWith } from '../../_helpers/example-app.ts';

const functionArn = `arn:aws:lambda:${region}:${account}:function:rotate-stripe:live`;
const watchName = 'strongroom-prod-watch';

const twoStacks = (names: readonly string[]) => {
  const app = new App({ context: cdkContext() });
  const [rotation, payments] = ['strongroom-prod-rotation', 'strongroom-prod-payments'].map(
    (name) => new Stack(app, name, { env: { account, region } }),
  ) as [Stack, Stack];
  const watch = new RotationWatch(rotation, 'Watch', { environment: 'prod' });
  const functionRotation = new FunctionRotation(payments, 'Rotation', {
    function: Function.fromFunctionArn(payments, 'Function', functionArn),
    role: Role.fromRoleArn(payments, 'Role', `arn:aws:iam::${account}:role/rotate-stripe`),
    watch,
  });
  for (const name of names) {
    const secret = databaseSecret(payments, { name, class: 'api-key', database: null });
    functionRotation.addSchedule(secret, { schedule: { expression: 'rate(30 days)' } });
  }
  return { rotation, payments };
};

/** Targets' inputs, with ARNs in place of references. */
const inputsIn = (stack: Stack): unknown[] =>
  Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(({ Properties }) => {
    const [{ Input }] = (Properties as { Targets: [{ Input: { 'Fn::Join': [string, unknown[]] } }] }).Targets;
    const text = Input['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'arn:aws:secret')).join('');
    return parseBy(watchSchema, JSON.parse(text), 'The request');
  });

test('the role has no right of its own but its log', () => {
  const { rotation } = twoStacks(['stripe']);
  const policies = Object.values(Template.fromStack(rotation).findResources('AWS::IAM::ManagedPolicy'));
  const statements = policies.flatMap(
    ({ Properties }) =>
      (Properties as { PolicyDocument: { Statement: { Action: unknown }[] } }).PolicyDocument.Statement,
  );
  expect(statements.map(({ Action }) => Action)).toEqual([['logs:CreateLogStream', 'logs:PutLogEvents']]);
});

test('the policy of each secret lets it describe the secret', () => {
  const { payments } = twoStacks(['stripe']);
  Template.fromStack(payments).hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: Match.arrayWith([
        {
          Sid: 'DescribeByWatch',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:role/${watchName}` },
          Action: 'secretsmanager:DescribeSecret',
          Resource: '*',
        },
      ]),
    },
  });
});

test('an hourly rule asks for the secrets of an application by their ARNs, and may invoke the function', () => {
  const { rotation, payments } = twoStacks(['stripe', 'paypal']);
  Template.fromStack(payments).hasResourceProperties('AWS::Events::Rule', {
    Name: Match.stringLikeRegexp(`^${watchName}-`),
    ScheduleExpression: 'rate(1 hour)',
  });
  expect(inputsIn(payments)).toEqual([
    {
      application: 'payments',
      secrets: [
        { arn: 'arn:aws:secret', overdueAfterHours: 744 },
        { arn: 'arn:aws:secret', overdueAfterHours: 744 },
      ],
    },
  ]);
  Template.fromStack(rotation).hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'events.amazonaws.com',
    SourceAccount: account,
    SourceArn: `arn:aws:events:${region}:${account}:rule/${watchName}-*`,
  });
  expect(payments.dependencies).toContain(rotation);
});

test('more secrets than one input holds are in several rules, each within the limit of EventBridge', () => {
  const names = Array.from({ length: 60 }, (_, index) => `key-${index}`);
  const inputs = inputsIn(twoStacks(names).payments) as { secrets: unknown[] }[];
  expect(inputs.length).toBeGreaterThan(1);
  expect(inputs.flatMap(({ secrets }) => secrets)).toHaveLength(60);
  for (const input of inputs) {
    const arn = `arn:aws-us-gov:secretsmanager:ap-southeast-2:${account}:secret:prod/payments/key-10-AbCdEf`;
    expect(JSON.stringify(input).replaceAll('arn:aws:secret', arn).length).toBeLessThanOrEqual(8192);
  }
});

test.each([
  [{ schedule: { expression: 'rate(30 days)' } }, 744],
  [{ schedule: { expression: 'rate(1 day)', duration: '3h' } }, 27],
  [{ schedule: { expression: 'rate(12 hours)' } }, 13],
  [{ schedule: { expression: 'cron(0 2 1 * ? *)', duration: '2h' }, everyHours: 744 }, 746],
  [{ schedule: { expression: 'cron(0 2 1 * ? *)', duration: '2h' } }, undefined],
])('%o: overdue after %s hours', (options, hours) => {
  expect(overdueAfterHours(options)).toBe(hours);
});

const catalogWith = (rotation: string, secretClass = 'api-key') =>
  loadCatalog(
    catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': `${paymentsHead}  stripe:
    class: ${secretClass}
    readers: [api]
    rotation: ${rotation}
environments: [prod]
`,
    }),
    { today: new Date('2026-11-21') },
  );

const custom = `{ function: '${functionArn}', role: 'arn:aws:iam::${account}:role/rotate-stripe', every: 30d }`;

test('a catalog without a database engine gets the watch and two alarms, and passes the rule packs', () => {
  const stacks = synthesiseWith((app) => {
    for (const environment of catalogWith(custom).environments) new Environment(app, environment);
    enforceRulePacks(app);
  });
  const functions = resourcesOfType(stackIn(stacks, 'strongroom-prod-rotation'), 'AWS::Lambda::Function');
  expect(functions.map(({ properties }) => properties['FunctionName'])).toEqual([watchName]);
  const alarms = [...stacks.values()].flatMap((stack) => resourcesOfType(stack, 'AWS::CloudWatch::Alarm'));
  expect(alarms.map(({ properties }) => properties['AlarmName'])).toEqual(
    expect.arrayContaining([
      'strongroom-rotation-stuck/prod/payments',
      'strongroom-rotation-overdue/prod/payments',
      `${watchName}-errors`,
      `${watchName}-silent`,
    ]),
  );
  expect(alarms.map(({ properties }) => properties['AlarmName'])).not.toContain(
    'strongroom-discard-failed/prod/payments',
  );
});

test('a catalog without such a function has no watch', () => {
  const stacks = synthesiseWith((app) => {
    for (const environment of catalogWith('manual', 'generic').environments) new Environment(app, environment);
  });
  expect([...stacks.keys()].filter((name) => name.includes('rotation'))).toEqual([]);
});
