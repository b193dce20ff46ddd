/** What a change of templates means for stacks, and for secrets that are alive. */
import { expect, test } from 'vitest';
import { type Assembly, deployPlan } from '../../../lib/placement/deploy-plan.ts';

const secret = (name: string, more: object = {}) => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties: { Name: name, ...more },
});
const assembly = (stacks: Record<string, Record<string, ReturnType<typeof secret>>>): Assembly =>
  new Map(Object.entries(stacks).map(([name, Resources]) => [name, { Resources }]));

const before = assembly({
  orders: { A: secret('prod/orders/a'), B: secret('prod/orders/b') },
  shop: { C: secret('prod/shop/c') },
});

test('each stack is new, changed, unchanged or gone, with the resources that are', () => {
  const after = assembly({
    orders: { A: secret('prod/orders/a', { KmsKeyId: 'k' }), B: secret('prod/orders/b'), D: secret('prod/orders/d') },
    web: { E: secret('prod/web/e') },
  });
  expect(deployPlan(before, after).stacks).toEqual([
    { stack: 'orders', state: 'changed', added: ['D'], changed: ['A'], removed: [] },
    { stack: 'shop', state: 'gone', added: [], changed: [], removed: ['C'] },
    { stack: 'web', state: 'new', added: ['E'], changed: [], removed: [] },
  ]);
});

test('the hash of an asset is not a change', () => {
  const withHash = (hash: string): Assembly =>
    assembly({ rotation: { F: secret('prod/x/y', { Code: `${hash.repeat(64)}.zip` }) } });
  expect(deployPlan(withHash('a'), withHash('b')).stacks[0]?.state).toBe('unchanged');
});

const leftBehind =
  'it stays in AWS with its value, its readers lose their permissions, nothing rotates it, and no alarm watches it. ' +
  'A secret can’t be renamed: declare the new one in addition, move its readers, and remove the old one when nothing reads it; ' +
  'if it is no longer needed, delete it as break-glass once this is deployed';

test.each([
  {
    what: 'is taken out',
    after: assembly({ orders: { A: secret('prod/orders/a') }, shop: { C: secret('prod/shop/c') } }),
    losses: [['prod/orders/b', `no stack would have it any more: ${leftBehind}`]],
  },
  {
    what: 'has another name at its place',
    after: assembly({
      orders: { A: secret('prod/orders/z'), B: secret('prod/orders/b') },
      shop: { C: secret('prod/shop/c') },
    }),
    losses: [
      ['prod/orders/a', `a new secret prod/orders/z with another value would take its place, and ${leftBehind}`],
    ],
  },
  {
    what: 'comes into another stack',
    after: assembly({
      orders: { A: secret('prod/orders/a') },
      'orders-2': { B: secret('prod/orders/b') },
      shop: { C: secret('prod/shop/c') },
    }),
    losses: [
      [
        'prod/orders/b',
        "it would move to the stack orders-2, which can't create a secret whose name is taken: the deployment fails. " +
          'Give it its place back in placement.lock.json',
      ],
    ],
  },
  {
    what: 'is generated another way, or was supplied before',
    after: assembly({
      orders: {
        A: secret('prod/orders/a', { GenerateSecretString: { PasswordLength: 32 } }),
        B: secret('prod/orders/b'),
      },
      shop: { C: secret('prod/shop/c') },
    }),
    losses: [
      [
        'prod/orders/a',
        'CloudFormation would generate a new value over the live one, because what is generated has changed ' +
          '(class, value or generate of the catalog). Put it back. If you need a new value, declare an additional secret ' +
          'and move its readers',
      ],
    ],
  },
  { what: 'stays, whatever else changes about it', after: before, losses: [] },
] as const)('a live secret that $what', ({ after, losses }) => {
  const found = deployPlan(before, after).losses;
  expect(found.map(({ secret: name, consequence }) => [name, consequence])).toEqual(losses);
});

test('a secret that is generated as before keeps its value, in whatever order the properties stand', () => {
  const generated = (block: object): Assembly =>
    assembly({ orders: { A: secret('prod/orders/a', { GenerateSecretString: block }) } });
  const one = generated({ PasswordLength: 32, ExcludeCharacters: '@' });
  expect(deployPlan(one, generated({ ExcludeCharacters: '@', PasswordLength: 32 })).losses).toEqual([]);
  expect(deployPlan(one, generated({ ExcludeCharacters: '@', PasswordLength: 33 })).losses).toHaveLength(1);
  expect(deployPlan(one, assembly({ orders: { A: secret('prod/orders/a') } })).losses).toEqual([]);
});

const scheduled = (days: number, more: object = {}): Assembly =>
  new Map([
    [
      'orders',
      {
        Resources: {
          A: secret('prod/orders/a'),
          Schedule: {
            Type: 'AWS::SecretsManager::RotationSchedule',
            Properties: {
              SecretId: { Ref: 'A' },
              RotationRules: { ScheduleExpression: `rate(${days} days)` },
              RotateImmediatelyOnUpdate: false,
              ...more,
            },
          },
        },
      },
    ],
  ]);

test.each<[string, Assembly, Assembly, string | undefined]>([
  ['a schedule that stays', scheduled(7), scheduled(7), undefined],
  ['a schedule that changes', scheduled(7), scheduled(30), 'in its next window'],
  ['a schedule that is new', assembly({ orders: { A: secret('prod/orders/a') } }), scheduled(7), 'in its next window'],
  [
    'a schedule that changes and does not say when',
    scheduled(7),
    scheduled(30, { RotateImmediatelyOnUpdate: undefined }),
    'at this deployment',
  ],
  [
    'a function that changes',
    scheduled(7),
    scheduled(7, { RotationLambdaARN: 'arn:aws:lambda:eu-west-1:111122223333:function:other' }),
    'in its next window',
  ],
])('%s says when it rotates', (_what, one, other, when) => {
  expect(deployPlan(one, other).rotations).toEqual(
    when === undefined ? [] : [{ secret: 'prod/orders/a', stack: 'orders', when }],
  );
});

test('secrets that no stack had are told as new', () => {
  const after = assembly({ orders: { A: secret('prod/orders/a'), D: secret('prod/orders/d') } });
  expect(deployPlan(before, after).newSecrets).toEqual(['prod/orders/d']);
});

const scheduleBy = (functionName: string): Assembly =>
  new Map([
    [
      'orders',
      {
        Resources: {
          A: secret('prod/orders/a'),
          Schedule: {
            Type: 'AWS::SecretsManager::RotationSchedule',
            Properties: {
              SecretId: { Ref: 'A' },
              RotationLambdaARN: {
                'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:lambda:eu-west-1:1:function:${functionName}`]],
              },
              RotateImmediatelyOnUpdate: false,
            },
          },
        },
      },
    ],
  ]);
const withFunctions = (plan: Assembly, ...names: string[]): Assembly =>
  new Map([
    ...plan,
    [
      'rotation',
      {
        Resources: Object.fromEntries(
          names.map((FunctionName) => [FunctionName, { Type: 'AWS::Lambda::Function', Properties: { FunctionName } }]),
        ),
      },
    ],
  ]);

test.each([
  ['stays', ['rotation-postgres', 'rotation-postgres-data']],
  ['goes', ['rotation-postgres-data']],
] as const)('a secret that gets another function is named, and whether the former one %s', (former, functions) => {
  const old = withFunctions(scheduleBy('rotation-postgres'), 'rotation-postgres', 'rotation-postgres-data');
  expect(deployPlan(old, withFunctions(scheduleBy('rotation-postgres-data'), ...functions)).rotations).toEqual([
    {
      secret: 'prod/orders/a',
      stack: 'orders',
      when: 'in its next window',
      moves: { from: 'rotation-postgres', to: 'rotation-postgres-data', former },
    },
  ]);
});

const byStrategy = (strategy: string | undefined): Assembly => {
  const tags = [{ Key: 'strongroom:engine', Value: 'mysql' }];
  const Tags = strategy === undefined ? tags : [...tags, { Key: 'strongroom:strategy', Value: strategy }];
  return assembly({ orders: { A: secret('prod/orders/a', { Tags }) } });
};

test.each([
  ['alternating-users', 'single-user', 'goes back to the first user'],
  ['alternating-users', 'dual-password', 'goes back to the first user'],
  ['alternating-users', undefined, 'no rotation and no sweep ends'],
  ['dual-password', 'single-user', 'ends its old password after the grace time'],
  ['dual-password', 'alternating-users', 'ends its old password after the grace time'],
  ['dual-password', undefined, 'no rotation and no sweep ends'],
  ['single-user', 'alternating-users', 'makes a second user'],
  ['single-user', 'dual-password', 'leaves the old password valid'],
] as const)('a live secret that goes from %s to %s is told with what to check first', (from, to, says) => {
  const [change, ...others] = deployPlan(byStrategy(from), byStrategy(to)).strategies;
  expect(others).toEqual([]);
  expect(change).toMatchObject({ secret: 'prod/orders/a', stack: 'orders', from, to: to ?? 'none' });
  expect(change?.consequence).toContain(says);
  expect(change?.consequence).toMatch(/see .*with strongroom (preflight|diagnose)/);
});

test('a strategy that stays, comes with a secret or has one credential alone is not told', () => {
  const none = assembly({ orders: {} });
  for (const [from, to] of [
    [byStrategy('dual-password'), byStrategy('dual-password')],
    [none, byStrategy('dual-password')],
    [byStrategy('single-user'), byStrategy('admin')],
    [byStrategy('single-user'), byStrategy(undefined)],
    [byStrategy('dual-password'), none],
  ] as const) {
    expect(deployPlan(from, to).strategies).toEqual([]);
  }
});

test('the queues of a destination that is removed are told, and those of a stack that stays undeleted are not', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: { Name: 'q' } };
  const audit = assembly({ audit: { A: queue, B: queue }, old: { C: queue } });
  expect(deployPlan(audit, assembly({ audit: { A: queue } })).removedQueues).toEqual([
    { stack: 'audit', logicalId: 'B' },
  ]);
  expect(deployPlan(audit, audit).removedQueues).toEqual([]);
});
