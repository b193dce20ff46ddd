/** What the stack of an application makes of its consumers, as the catalog has them. */
import { Stack, type App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import type { Application, EnvironmentCatalog, Secret } from '../../../lib/model/catalog.ts';
import { consumerRoleName } from '../../../lib/contract/index.ts';
import { rulePacks } from '../../../lib/rules/rule-packs.ts';
import { Environment } from '../../../lib/stacks/environment.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { appWithoutBundling, withFolder } from '../../_helpers/example-app.ts';

const [, example] = exampleCatalog.environments as [EnvironmentCatalog, EnvironmentCatalog];
const made = (name: string) => ({ name, roleName: consumerRoleName('prod', 'shop', name) });

const shop: Application = {
  name: 'shop',
  owner: 'team-shop',
  contact: { name: 'payments-oncall', email: 'payments-oncall@example.com' },
  file: 'catalog/shop.yaml',
  consumers: [
    { ...made('api'), runsOn: 'ecs' },
    { ...made('probe'), runsOn: 'lambda' },
    { ...made('host'), runsOn: 'ec2' },
    { name: 'support', permissionSet: 'SupportEngineer' },
    { name: 'partner', account: '999988887777', roleArn: 'arn:aws:iam::999988887777:role/partner' },
  ],
  secrets: Array.from({ length: 45 }, (_, index): Secret => ({
    name: `a-rather-long-name-of-a-key-${index}`,
    fullName: `prod/shop/a-rather-long-name-of-a-key-${index}`,
    class: 'api-key',
    sensitivity: index % 2 === 0 ? 'standard' : 'high',
    value: 'supplied',
    readers: index === 0 ? ['api', 'probe', 'support', 'partner'] : ['api'],
    ...(index === 0 && { pendingReaders: ['probe'] }),
    rotation: { kind: 'manual' },
  })),
  iamDatabases: [
    {
      name: 'ledger',
      engine: 'postgres',
      host: 'ledger.db.example.com',
      port: 5432,
      dbname: 'ledger',
      username: 'ledger_reader',
      resourceId: 'db-ABCDEFGHIJKL01234',
      readers: ['probe'],
    },
  ],
};

/** The environment with this one application. */
const appWith = (byTag: 'auto' | 'never'): { app: App; template: Template } =>
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    const fences = { organizationId: 'o-a1b2c3d4e5', permissionsBoundary: 'workload-boundary', byTag };
    const environment = new Environment(app, { ...example, fences, applications: [shop] });
    const stack = environment.node.findChild('shop');
    if (!Stack.isStack(stack)) throw new Error('The application shop is no stack');
    return { app, template: Template.fromStack(stack) };
  });

const { app, template } = appWith('auto');

const policiesOf = (consumer: string, of = template): string[] =>
  Object.entries(of.findResources('AWS::IAM::ManagedPolicy'))
    .filter(([logicalId]) => logicalId.startsWith(`Consumer${consumer}`))
    .map(([, policy]) => JSON.stringify((policy as { Properties: object }).Properties));

test('the boundary of the fences is on the role of every consumer', () => {
  template.resourceCountIs('AWS::IAM::Role', 3);
  template.allResourcesProperties('AWS::IAM::Role', {
    RoleName: Match.stringLikeRegexp('^prod-shop-(api|host|probe)$'),
    PermissionsBoundary: `arn:aws:iam::${example.account}:policy/workload-boundary`,
  });
});

test('a consumer with more secrets than ARNs fit reads by tags, and its neighbour by ARN', () => {
  expect(policiesOf('api')).toHaveLength(1);
  expect(policiesOf('api').join('')).toContain('aws:PrincipalTag/strongroom:consumer');
  expect(policiesOf('probe').join('')).not.toContain('PrincipalTag');
});

test('with byTag: never the same consumer has several policies with ARNs', () => {
  const { template: never } = appWith('never');
  expect(policiesOf('api', never).length).toBeGreaterThan(1);
  expect(policiesOf('api', never).join('')).not.toContain('PrincipalTag');
});

test('a database without a secret is in the policy of its reader alone', () => {
  const login = `arn:aws:rds-db:${example.region}:${example.account}:dbuser:db-ABCDEFGHIJKL01234/ledger_reader`;
  expect(policiesOf('probe').join('')).toContain(login);
  expect(policiesOf('api').join('')).not.toContain(login);
});

test('people and other accounts are in the policies of their secrets, and nowhere else', () => {
  const named = (text: string): string[] =>
    Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>)
      .filter((resource) => JSON.stringify(resource).includes(text))
      .map(({ Type }) => Type);
  expect(named('AWSReservedSSO_SupportEngineer')).toEqual(['AWS::SecretsManager::ResourcePolicy']);
  expect(named('arn:aws:iam::999988887777:role/partner')).toEqual(['AWS::SecretsManager::ResourcePolicy']);
});

test('only the reader that opted in is let to the pending value', () => {
  const [policy] = Object.values(template.findResources('AWS::SecretsManager::ResourcePolicy'));
  const { Statement } = (policy as { Properties: { ResourcePolicy: { Statement: { Sid: string }[] } } }).Properties
    .ResourcePolicy;
  const pending = JSON.stringify(Statement.find(({ Sid }) => Sid === 'ReadPendingVersionWhereDeclared'));
  expect(pending).toContain('Consumerprobe');
  expect(pending).not.toContain('Consumerapi');
});

test('no rule pack finds anything open in it', () => {
  expect(rulePacks(app).flatMap((pack) => pack.validateScope(app).violations)).toEqual([]);
});
