/** What rules need to know of a whole stack, collected in one walk over it and kept: a rule itself reads only its resource. */
import { CfnResource, Stack } from 'aws-cdk-lib';
import { flatten, listOf, logicalIdIn, member, propertyOf, textOf } from './properties.ts';
import { isAbout, resourceStatements } from './statements.ts';

interface StackFacts {
  /** The secrets that a schedule rotates. */
  readonly rotated: ReadonlySet<CfnResource>;
  /** The secrets whose policy denies reading to every principal that it does not name. */
  readonly fenced: ReadonlySet<CfnResource>;
  /** The buckets in which a trail keeps its files, and {@link accessLogs}. */
  readonly auditBuckets: ReadonlySet<CfnResource>;
  /** The buckets that log who reads the files of a trail. */
  readonly accessLogs: ReadonlySet<CfnResource>;
  /** Metric namespaces of the alarms with an action. */
  readonly watched: ReadonlySet<string>;
}

/** Facts of the stack of a resource. The packs run when the tree is complete, so they do not change. */
export const factsOf = (resource: CfnResource): StackFacts => {
  const stack = Stack.of(resource);
  const known = factsByStack.get(stack);
  if (known) return known;
  const facts = gather(stack);
  factsByStack.set(stack, facts);
  return facts;
};

export const tellsSomebody = (alarm: CfnResource): boolean =>
  propertyOf(alarm, 'actionsEnabled') !== false && listOf(propertyOf(alarm, 'alarmActions')).length > 0;

/** Whether a function rotates the secret, so that it can be rotated at once. */
export const hasFunction = (schedule: CfnResource): boolean =>
  ['rotationLambdaArn', 'hostedRotationLambda'].some((name) => propertyOf(schedule, name) !== undefined);

const factsByStack = new WeakMap<Stack, StackFacts>();

const gather = (stack: Stack): StackFacts => {
  const byType = byTypeIn(stack);
  const ofType = (type: string): readonly CfnResource[] => byType.get(type) ?? [];
  const secrets = byLogicalId(ofType('AWS::SecretsManager::Secret'));
  const buckets = byLogicalId(ofType('AWS::S3::Bucket'));
  // A schedule names its secret, or the attachment of its secret to a database.
  const attached = new Map(
    [...byLogicalId(ofType('AWS::SecretsManager::SecretTargetAttachment'))].flatMap(([id, attachment]) =>
      namedBy([attachment], 'secretId', secrets).map((secret) => [id, secret]),
    ),
  );
  const schedules = ofType('AWS::SecretsManager::RotationSchedule').filter(rotates);
  const files = namedBy(ofType('AWS::CloudTrail::Trail'), 's3BucketName', buckets);
  const accessLogs = files
    .map((bucket) => logicalIdIn(member(propertyOf(bucket, 'loggingConfiguration'), 'destinationBucketName')))
    .flatMap((id) => buckets.get(id ?? '') ?? []);
  return {
    rotated: new Set([...namedBy(schedules, 'secretId', secrets), ...namedBy(schedules, 'secretId', attached)]),
    fenced: new Set(namedBy(ofType('AWS::SecretsManager::ResourcePolicy').filter(isFence), 'secretId', secrets)),
    auditBuckets: new Set([...files, ...accessLogs]),
    accessLogs: new Set(accessLogs),
    watched: new Set(
      ofType('AWS::CloudWatch::Alarm')
        .filter(tellsSomebody)
        .flatMap((alarm) => textOf(alarm, 'namespace') ?? []),
    ),
  };
};

const byTypeIn = (stack: Stack): Map<string, CfnResource[]> => {
  const byType = new Map<string, CfnResource[]>();
  for (const node of stack.node.findAll()) {
    if (!CfnResource.isCfnResource(node) || node.stack !== stack) continue;
    const known = byType.get(node.cfnResourceType);
    if (known) known.push(node);
    else byType.set(node.cfnResourceType, [node]);
  }
  return byType;
};

const byLogicalId = (resources: readonly CfnResource[]): Map<string, CfnResource> =>
  new Map(resources.map((resource) => [flatten(resource.stack.resolve(resource.logicalId)), resource]));

/** What the properties of some resources refer to. */
const namedBy = (
  resources: readonly CfnResource[],
  property: string,
  targets: ReadonlyMap<string, CfnResource>,
): CfnResource[] =>
  resources.flatMap((resource) => targets.get(logicalIdIn(propertyOf(resource, property)) ?? '') ?? []);

const rotates = (schedule: CfnResource): boolean => {
  const rules = propertyOf(schedule, 'rotationRules');
  const isScheduled =
    member(rules, 'scheduleExpression') !== undefined || member(rules, 'automaticallyAfterDays') !== undefined;
  return isScheduled && hasFunction(schedule);
};

/** A second condition would exempt other principals, and so would a pattern that every principal matches. */
const isFence = (policy: CfnResource): boolean =>
  resourceStatements(policy).some(
    (statement) =>
      statement.effect === 'Deny' &&
      ['*', 'AWS'].some((kind) => statement.principals[kind]?.includes('*')) &&
      isAbout(statement, 'secretsmanager:GetSecretValue') &&
      namesReaders(
        [...statement.conditions].flatMap(([operator, keys]) =>
          [...keys].map(([key, values]) => [operator, key, values] as const),
        ),
      ),
  );

const namesReaders = (
  conditions: readonly (readonly [operator: string, key: string, values: readonly string[]])[],
): boolean =>
  conditions.length === 1 &&
  conditions.every(
    ([operator, key, values]) =>
      ['ArnNotLike', 'ArnNotEquals', 'StringNotLike', 'StringNotEquals'].includes(operator) &&
      key === 'aws:principalarn' &&
      !values.some((arn) => /^(?:\*|arn:[^:]*:[^:]*::[^:]*:(?:\*|(?:role|user)\/\*))$/.test(arn)),
  );
