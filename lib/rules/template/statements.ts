/** The policy statements of a resource of any type: identity, trust, resource and key policies. */
import type { CfnResource } from 'aws-cdk-lib';
import { flatten, isRecord, listOf, member, propertyOf } from './properties.ts';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `NotAction`, `NotResource` and `NotPrincipal`, if present: everything but what they name. */
  readonly inverted: readonly string[];
  /** By kind (`AWS`, `Service`, `Federated`); `*` for `Principal: '*'`. Empty in identity policies. */
  readonly principals: Readonly<Record<string, readonly string[]>>;
  /** Condition operator to condition key, in lower case, to what it must be. */
  readonly conditions: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

/** Policies of accounts: of roles, users and groups, and of permission sets. */
export const identityPolicies: Readonly<Record<string, string>> = {
  'AWS::IAM::Group': 'policies',
  'AWS::IAM::GroupPolicy': 'policyDocument',
  'AWS::IAM::ManagedPolicy': 'policyDocument',
  'AWS::IAM::Policy': 'policyDocument',
  'AWS::IAM::Role': 'policies',
  'AWS::IAM::RolePolicy': 'policyDocument',
  'AWS::IAM::User': 'policies',
  'AWS::IAM::UserPolicy': 'policyDocument',
  'AWS::SSO::PermissionSet': 'inlinePolicy',
};

/** Resource policies: which principals have access. */
export const resourcePolicies: Readonly<Record<string, string>> = {
  'AWS::EC2::VPCEndpoint': 'policyDocument',
  'AWS::Events::EventBusPolicy': 'statement',
  'AWS::IAM::Role': 'assumeRolePolicyDocument',
  'AWS::KMS::Key': 'keyPolicy',
  'AWS::KMS::ReplicaKey': 'keyPolicy',
  'AWS::Logs::ResourcePolicy': 'policyDocument',
  'AWS::S3::BucketPolicy': 'policyDocument',
  'AWS::SNS::TopicPolicy': 'policyDocument',
  'AWS::SQS::QueuePolicy': 'policyDocument',
  'AWS::SecretsManager::ResourcePolicy': 'resourcePolicy',
};

export const identityStatements = (resource: CfnResource): readonly Statement[] =>
  cached(identityCache, resource, identityPolicies[resource.cfnResourceType]);

export const resourceStatements = (resource: CfnResource): readonly Statement[] =>
  cached(resourceCache, resource, resourcePolicies[resource.cfnResourceType]);

/**
 * Keys that a request must have for the statement to apply, in lower case. A condition that is met if the key is missing,
 * or by every value but some, does not limit.
 */
export const bindingKeys = ({ conditions }: Statement): string[] =>
  [...conditions].flatMap(([operator, keys]) =>
    /IfExists$|Not|Null|^ForAllValues:/.test(operator)
      ? []
      : [...keys].flatMap(([key, values]) => (values.includes('*') ? [] : [key])),
  );

/** Whether a pattern of a policy, `kms:*` or `kms:Decrypt`, allows an action. */
export const names = (pattern: string, action: string): boolean => {
  if (!/[*?]/.test(pattern)) return pattern.toLowerCase() === action.toLowerCase();
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(action);
};

/** Whether a statement is about an action: names it, matches it or, with `NotAction`, does not exclude it. */
export const isAbout = ({ actions, inverted }: Statement, action: string): boolean =>
  inverted.includes('NotAction') || actions.some((pattern) => names(pattern, action));

/** Several rules of several packs read the same policy. */
type Cache = WeakMap<CfnResource, readonly Statement[]>;
const identityCache: Cache = new WeakMap();
const resourceCache: Cache = new WeakMap();

const cached = (cache: Cache, resource: CfnResource, property: string | undefined): readonly Statement[] => {
  if (property === undefined) return [];
  const known = cache.get(resource);
  if (known) return known;
  const statements = documentsIn(propertyOf(resource, property)).flatMap(statementsIn);
  cache.set(resource, statements);
  return statements;
};

/** Inline policies come as a list of `{ policyDocument }`, some documents as text, and an event bus has one statement. */
const documentsIn = (value: unknown): unknown[] =>
  listOf(value).map((one) => {
    const document = member(one, 'policyDocument') ?? one;
    return typeof document === 'string' ? (JSON.parse(document) as unknown) : document;
  });

const statementsIn = (document: unknown): Statement[] => {
  const statements = member(document, 'statement') ?? document;
  return listOf(statements).filter(isRecord).map(statementOf);
};

const statementOf = (statement: Readonly<Record<string, unknown>>): Statement => ({
  effect: statement['Effect'] === 'Deny' ? 'Deny' : 'Allow',
  actions: listOf(statement['Action']).map(flatten),
  resources: listOf(statement['Resource']).map(flatten),
  inverted: ['NotAction', 'NotResource', 'NotPrincipal'].filter((key) => key in statement),
  principals: principalsIn(statement['Principal']),
  conditions: conditionsIn(statement['Condition']),
});

const principalsIn = (principal: unknown): Record<string, string[]> => {
  if (!isRecord(principal)) return principal === undefined ? {} : { '*': listOf(principal).map(flatten) };
  return Object.fromEntries(Object.entries(principal).map(([kind, value]) => [kind, listOf(value).map(flatten)]));
};

const conditionsIn = (condition: unknown): Map<string, Map<string, string[]>> =>
  new Map(
    Object.entries(isRecord(condition) ? condition : {}).map(([operator, keys]) => [
      operator,
      new Map(
        Object.entries(isRecord(keys) ? keys : {}).map(([key, value]) => [
          key.toLowerCase(),
          listOf(value).map(flatten),
        ]),
      ),
    ]),
  );
