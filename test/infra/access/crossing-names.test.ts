/** Patterns of policies never cover what belongs to an environment or application whose name only begins alike. */
import { expect, test } from 'vitest';
import type { Application, Catalog, EnvironmentCatalog } from '../../../lib/model/catalog.ts';
import { consumerRoleName, secretName } from '../../../lib/contract/index.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { synthesise, type ExampleStack } from '../../_helpers/example-app.ts';

const account = '444455556666';
const region = 'eu-west-1';

/** An application under another name, with everything that is named after it. */
const renamed = (application: Application, environment: string, name: string): Application => ({
  ...application,
  name,
  consumers: application.consumers.map((consumer) =>
    'roleName' in consumer ? { ...consumer, roleName: consumerRoleName(environment, name, consumer.name) } : consumer,
  ),
  secrets: application.secrets.map((secret) => ({
    ...secret,
    fullName: secretName(environment, name, secret.name),
    ...(secret.rotation.kind === 'automatic' &&
      secret.rotation.admin &&
      'secret' in secret.rotation.admin && {
        rotation: {
          ...secret.rotation,
          admin: { ...secret.rotation.admin, fullName: secretName(environment, name, secret.rotation.admin.secret) },
        },
      }),
  })),
});

/** Each environment with the fixture's applications under each of these names, all in one account and region. */
const hostile = (environments: readonly string[], names: readonly string[]): Catalog => {
  const [, prod] = exampleCatalog.environments;
  const [payments, logistics] = prod!.applications;
  return {
    ...exampleCatalog,
    environments: environments.map((name): EnvironmentCatalog => ({
      ...prod!,
      name,
      trail: 'existing',
      // Each is the end of another environment's name, and `postgres` an engine.
      networks: [{ name: 'eu' }, { name: 'b' }, { name: 'postgres' }, { name: 'x-rotation-mysql' }],
      applications: names.flatMap((one) => [
        renamed(payments!, name, one),
        renamed(logistics!, name, `${one}-logistics`),
      ]),
    })),
  };
};

const isArnPattern = (text: string): boolean => text.startsWith('arn:') && /[*?]/.test(text);

/** What policies of a stack name by a pattern. */
const patternsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return isArnPattern(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(patternsIn) : [];
};

const nameOf = (properties: Record<string, unknown>, property: string): string[] =>
  typeof properties[property] === 'string' ? [properties[property]] : [];

/** ARNs of what a stack makes under a name. */
const arnsOf = ({ template }: ExampleStack): string[] =>
  Object.values(template.Resources).flatMap(({ Type, Properties }) => {
    const at = (service: string, resource: string): string => `arn:aws:${service}:${region}:${account}:${resource}`;
    switch (Type) {
      case 'AWS::IAM::Role':
        return nameOf(Properties, 'RoleName').map((name) => `arn:aws:iam::${account}:role/${name}`);
      case 'AWS::Lambda::Function':
        return nameOf(Properties, 'FunctionName').map((name) => at('lambda', `function:${name}`));
      case 'AWS::Logs::LogGroup':
        return nameOf(Properties, 'LogGroupName').map((name) => at('logs', `log-group:${name}`));
      case 'AWS::SecretsManager::Secret':
        return nameOf(Properties, 'Name').map((name) => at('secretsmanager', `secret:${name}-AbCdEf`));
      case 'AWS::SNS::Topic':
        return nameOf(Properties, 'TopicName').map((name) => at('sns', name));
      case 'AWS::KMS::Alias':
        return nameOf(Properties, 'AliasName').map((name) => at('kms', name));
      default:
        return [];
    }
  });

const covers = (pattern: string, arn: string): boolean =>
  new RegExp(
    `^${pattern
      .split(/([*?])/)
      .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replaceAll(/[$()+.[\\\]^{|}]/g, String.raw`\$&`)))
      .join('')}$`,
  ).test(arn);

/** `strongroom-prod-` of a stack's name, or the application of one. */
const ownerOf = (stackName: string, environments: readonly string[]): string =>
  environments
    .filter((name) => stackName.startsWith(`strongroom-${name}-`))
    .reduce((long, name) => (name.length > long.length ? name : long), '');

test.each([
  ['prod', 'prod-eu'],
  ['a', 'a-b'],
  ['prod', 'prod-prod'],
  ['x', 'x-rotatio'],
  ['prod', 'prod-audit'],
])('of %s never of %s', (one, other) => {
  const environments = [one, other];
  const stacks = [...synthesise(hostile(environments, ['pay', 'pay-gateway'])).values()];
  let [patterns, arns] = [0, 0];
  for (const stack of stacks) {
    const owner = ownerOf(stack.stackName, environments);
    const foreign = stacks.filter(({ stackName }) => ownerOf(stackName, environments) !== owner).flatMap(arnsOf);
    const found = [...new Set(patternsIn(stack.template.Resources))];
    expect(
      found.flatMap((pattern) => foreign.filter((arn) => covers(pattern, arn)).map((arn) => [pattern, arn])),
    ).toEqual([]);
    patterns += found.length;
    arns += foreign.length;
  }
  expect(patterns).toBeGreaterThan(20);
  expect(arns).toBeGreaterThan(100);
});

test('of an environment that the catalog refuses beside it would be found', () => {
  const environments = ['prod', 'prod-rotation-eu'];
  const stacks = [...synthesise(hostile(environments, ['pay'])).values()];
  const [mine, theirs] = environments.map((name) =>
    stacks.filter((one) => ownerOf(one.stackName, environments) === name),
  );
  const patterns = patternsIn(mine!.map(({ template }) => template.Resources));
  expect(theirs!.flatMap(arnsOf).some((arn) => patterns.some((pattern) => covers(pattern, arn)))).toBe(true);
});

test.each([
  ['pay', 'pay-gateway'],
  ['a', 'a-a'],
])('of application %s never of %s', (one, other) => {
  const stacks = [...synthesise(hostile(['prod'], [one, other])).values()];
  const stackOf = (name: string) => stacks.filter(({ stackName }) => stackName === `strongroom-prod-${name}`);
  for (const [mine, theirs] of [
    [one, other],
    [other, one],
  ] as const) {
    const found = patternsIn(stackOf(mine).map(({ template }) => template.Resources));
    const foreign = stackOf(theirs).flatMap(arnsOf);
    expect(found.length).toBeGreaterThan(0);
    expect(foreign.length).toBeGreaterThan(2);
    expect(found.filter((pattern) => foreign.some((arn) => covers(pattern, arn)))).toEqual([]);
  }
});
