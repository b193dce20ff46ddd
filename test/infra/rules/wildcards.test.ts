/** No wildcard in a policy without a reason, and no service that another account can make its deputy. */
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy } from 'aws-cdk-lib/aws-events';
import { CfnManagedPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnResourcePolicy as CfnLogsPolicy } from 'aws-cdk-lib/aws-logs';
import { CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnResourcePolicy } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { CfnPermissionSet } from 'aws-cdk-lib/aws-sso';
import { describe, expect, test } from 'vitest';
import { acknowledgeDenials, acknowledgeWildcards } from '../../../lib/rules/acknowledge.ts';
import { flatten, isRecord, listOf } from '../../../lib/rules/template/properties.ts';
import { identityPolicies, resourcePolicies } from '../../../lib/rules/template/statements.ts';
import { StrongroomChecks } from '../../../lib/rules/strongroom-checks.ts';
import { Environment } from '../../../lib/stacks/environment.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { appWithoutBundling, cdkContext, withFolder } from '../../_helpers/example-app.ts';

const account = '444455556666';
const document = (statement: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'service:Action', Resource: 'arn', ...statement }],
});

/** Each kind of policy, with one statement. */
const kinds: Readonly<Record<string, (stack: Stack, policy: object) => CfnResource>> = {
  'a managed policy': (stack, policyDocument) => new CfnManagedPolicy(stack, 'P', { policyDocument }),
  'an inline policy of a role': (stack, policyDocument) =>
    new CfnRole(stack, 'P', { assumeRolePolicyDocument: {}, policies: [{ policyName: 'inline', policyDocument }] }),
  'a trust policy': (stack, assumeRolePolicyDocument) => new CfnRole(stack, 'P', { assumeRolePolicyDocument }),
  'a permission set': (stack, inlinePolicy) =>
    new CfnPermissionSet(stack, 'P', { instanceArn: 'arn', name: 'oncall', inlinePolicy }),
  'a policy of log groups, written as text': (stack, policy) =>
    new CfnLogsPolicy(stack, 'P', { policyName: 'logs', policyDocument: JSON.stringify(policy) }),
  'a key': (stack, keyPolicy) => new CfnKey(stack, 'P', { keyPolicy }),
  'a secret': (stack, resourcePolicy) => new CfnResourcePolicy(stack, 'P', { secretId: 'prod/x', resourcePolicy }),
  'a queue': (stack, policyDocument) => new CfnQueuePolicy(stack, 'P', { queues: ['q'], policyDocument }),
  'a topic': (stack, policyDocument) => new CfnTopicPolicy(stack, 'P', { topics: ['t'], policyDocument }),
  'a bucket': (stack, policyDocument) => new CfnBucketPolicy(stack, 'P', { bucket: 'b', policyDocument }),
  'an event bus': (stack, policy) =>
    new CfnEventBusPolicy(stack, 'P', { statementId: 's', statement: Reflect.get(policy, 'Statement') as object[] }),
};
const findings = (build: (stack: Stack) => unknown): string[] => {
  const app = withFolder(appWithoutBundling);
  build(new Stack(app, 'Stack', { env: { account, region: 'eu-west-1' } }));
  return new StrongroomChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
};

describe.each(Object.entries(kinds))('in %s', (_kind, create) => {
  test.each([
    { finding: 'Action::service:*', statement: { Action: ['service:One', 'service:*'] } },
    { finding: 'Action::service:O?e', statement: { Action: 'service:O?e' } },
    { finding: 'Resource::*', statement: { Resource: '*' } },
    { finding: 'Resource::arn:*:x', statement: { Resource: ['arn', 'arn:*:x'] } },
    { finding: 'Resource::<Ref>/*', statement: { Resource: { 'Fn::Join': ['', [{ Ref: 'Ref' }, '/*']] } } },
    { finding: 'NotAction::*', statement: { Action: undefined, NotAction: 'service:Action' } },
    { finding: 'NotResource::*', statement: { Resource: undefined, NotResource: 'arn' } },
    { finding: 'Deny::Action::service:*', statement: { Effect: 'Deny', Action: 'service:*' } },
    { finding: 'Deny::Resource::*', statement: { Effect: 'Deny', Resource: '*' } },
  ])('finds $finding', ({ finding, statement }) => {
    expect(findings((stack) => create(stack, document(statement)))).toEqual([`Strongroom-PolicyWildcard[${finding}]`]);
  });

  test('finds nothing in a statement without a wildcard', () => {
    expect(findings((stack) => create(stack, document({})))).toEqual([]);
  });
});

const identities = ['a managed policy', 'an inline policy of a role', 'a permission set'];
const withPrincipals = Object.entries(kinds).filter(([kind]) => !identities.includes(kind));

describe.each(withPrincipals)('in %s', (_kind, create) => {
  test('finds services that come for whoever asks them', () => {
    const Principal = { Service: ['events.amazonaws.com', 'sns.amazonaws.com'] };
    expect(findings((stack) => create(stack, document({ Principal })))).toEqual([
      'Strongroom-ConfusedDeputy[events.amazonaws.com]',
      'Strongroom-ConfusedDeputy[sns.amazonaws.com]',
    ]);
  });

  test.each([
    { what: 'a service bound to an account', condition: { StringEquals: { 'aws:SourceAccount': account } } },
    { what: 'a service bound to a resource', condition: { ArnLike: { 'AWS:SourceArn': 'arn' } } },
    { what: 'a service bound to an organisation', condition: { StringEquals: { 'aws:SourceOrgID': 'o-a1b2c3d4e5' } } },
  ])('finds nothing in $what', ({ condition }) => {
    const statement = { Principal: { Service: 'events.amazonaws.com' }, Condition: condition };
    expect(findings((stack) => create(stack, document(statement)))).toEqual([]);
  });

  test.each([
    { what: 'an account if there is one', condition: { StringEqualsIfExists: { 'aws:SourceAccount': account } } },
    { what: 'every account but one', condition: { StringNotEquals: { 'aws:SourceAccount': account } } },
    { what: 'any resource', condition: { ArnLike: { 'aws:SourceArn': '*' } } },
  ])('finds a service that is bound to $what, which binds nothing', ({ condition }) => {
    const statement = { Principal: { Service: 'events.amazonaws.com' }, Condition: condition };
    expect(findings((stack) => create(stack, document(statement)))).toEqual([
      'Strongroom-ConfusedDeputy[events.amazonaws.com]',
    ]);
  });

  test('finds no deputy in a Deny, nor in a principal of an account', () => {
    const denied = { Effect: 'Deny', Principal: { Service: 'events.amazonaws.com' } };
    expect(findings((stack) => create(stack, document(denied)))).toEqual([]);
    const named = { Principal: { AWS: `arn:aws:iam::${account}:root` } };
    expect(findings((stack) => create(stack, document(named)))).toEqual([]);
  });
});

test.each([
  { what: 'a service without an account', change: {}, found: ['Strongroom-ConfusedDeputy[events.amazonaws.com]'] },
  { what: 'a service of an account', change: { sourceAccount: account }, found: [] },
  { what: 'a service for a rule', change: { sourceArn: 'arn:aws:events:eu-west-1:1:rule/x' }, found: [] },
  { what: 'an account', change: { principal: account }, found: [] },
  {
    what: 'every action',
    change: { principal: account, action: 'lambda:*' },
    found: ['Strongroom-PolicyWildcard[Action::lambda:*]'],
  },
])('of a permission to invoke a function for $what finds $found', ({ change, found }) => {
  const permission = {
    action: 'lambda:InvokeFunction',
    functionName: 'f',
    principal: 'events.amazonaws.com',
    ...change,
  };
  expect(findings((stack) => new CfnPermission(stack, 'Permission', permission))).toEqual(found);
});

test('an acknowledgement of a Deny does not cover an Allow, nor the other way round', () => {
  const both = { Version: '2012-10-17', Statement: ['Allow', 'Deny'].map((Effect) => ({ Effect, Resource: 'arn:*' })) };
  const of = (accept: (policy: CfnManagedPolicy) => void) =>
    findings((stack) => {
      accept(new CfnManagedPolicy(stack, 'P', { policyDocument: both }));
    });
  expect(
    of((policy) => {
      acknowledgeWildcards(policy, { 'arn:*': 'The test accepts it.' });
    }),
  ).toEqual(['Strongroom-PolicyWildcard[Deny::Resource::arn:*]']);
  expect(
    of((policy) => {
      acknowledgeDenials(policy, { actions: [], resources: ['arn:*'] }, 'The test accepts it.');
    }),
  ).toEqual(['Strongroom-PolicyWildcard[Resource::arn:*]']);
});

/** Reads what is deployed, and knows nothing of the rules: statements wherever they stand in a template. */
describe('the templates of every kind of secret', () => {
  const { app, templates } = synthesised();
  const statements = [...templates].flatMap(([stack, template]) => statementsOf(stack, template));

  test('have statements in types of resources that the rules know', () => {
    const known = new Set([...Object.keys(identityPolicies), ...Object.keys(resourcePolicies)]);
    const types = new Set(statements.map(({ resource }) => resource.cfnResourceType));
    expect(types.size).toBeGreaterThan(5);
    expect([...types].filter((type) => !known.has(type))).toEqual([]);
  });

  test('have no wildcard without a reason on its construct', () => {
    const wild = statements.flatMap(({ resource, statement }) => patternsOf(statement).map((id) => ({ resource, id })));
    expect(wild.length).toBeGreaterThan(50);
    const open = wild.filter(({ resource, id }) => !reasonFor(resource, id));
    expect(open.map(({ resource, id }) => `${resource.node.path} ${id}`)).toEqual([]);
  });

  test('let no service in without saying for whom', () => {
    const services = statements.filter(
      ({ statement }) => isRecord(statement['Principal']) && 'Service' in statement['Principal'],
    );
    expect(services.length).toBeGreaterThan(10);
    const open = services.filter(({ statement }) => !/"aws:Source(?:Account|Arn)"/.test(JSON.stringify(statement)));
    expect(open.map(({ resource }) => resource.node.path)).toEqual([]);
  });

  test('let every service in that a permission names for one account or resource', () => {
    const permissions = app.node.findAll().filter((node) => node instanceof CfnPermission);
    expect(permissions.length).toBeGreaterThan(0);
    const open = permissions.filter(({ sourceAccount, sourceArn }) => (sourceAccount ?? sourceArn) === undefined);
    expect(open.map(({ node }) => node.path)).toEqual([]);
  });
});

interface Found {
  readonly resource: CfnResource;
  readonly statement: Readonly<Record<string, unknown>>;
}

function synthesised() {
  return withFolder((outdir) => {
    const context = {
      ...cdkContext(),
      'aws:cdk:bundling-stacks': [],
      // The packs of this file are its subject; what CloudFormation would say to the templates is not.
      '@aws-cdk/core:validateAgainstDefaultRules': false,
    };
    const app = new App({ outdir, context });
    for (const environment of exampleCatalog.environments) new Environment(app, environment);
    const stacks = app.node.findAll().filter((node) => Stack.isStack(node));
    const assembly = app.synth();
    const templates = new Map(
      stacks.map((stack): [Stack, unknown] => [stack, assembly.getStackByName(stack.stackName).template]),
    );
    return { app, templates };
  });
}

function statementsOf(stack: Stack, template: unknown): Found[] {
  const resources = new Map(
    stack.node
      .findAll()
      .filter((node) => CfnResource.isCfnResource(node))
      .map((node) => [String(stack.resolve(node.logicalId)), node]),
  );
  const body = isRecord(template) && isRecord(template['Resources']) ? template['Resources'] : {};
  return Object.entries(body).flatMap(([id, value]) =>
    statementsIn(value).map((statement) => ({ resource: resources.get(id)!, statement })),
  );
}

function statementsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (!isRecord(value)) return [];
  if ('Effect' in value && ('Action' in value || 'NotAction' in value)) return [value];
  return Object.values(value).flatMap(statementsIn);
}

function patternsOf(statement: Readonly<Record<string, unknown>>): string[] {
  const deny = statement['Effect'] === 'Deny' ? 'Deny::' : '';
  return ['Action', 'NotAction', 'Resource', 'NotResource'].flatMap((key) =>
    listOf(statement[key])
      .map(flatten)
      .filter((text) => text.includes('*'))
      .map((text) => `Strongroom-PolicyWildcard[${deny}${key}::${text}]`),
  );
}

/** On the resource, or on the construct that it is the default child of. */
function reasonFor(resource: CfnResource, id: string): string | undefined {
  return resource.node.scopes
    .filter((node) => !Stack.isStack(node))
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
    .map(({ data }) => (isRecord(data) ? data[`Annotation::${id}`] : undefined))
    .find((reason): reason is string => typeof reason === 'string' && reason.length > 20);
}
