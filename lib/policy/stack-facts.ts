/** What rules need to know of a whole stack, gathered in one walk over it and kept: a rule itself costs its resource alone. */
import { CfnResource, Stack } from 'aws-cdk-lib';
import { listOf, logicalIdIn, member, propertyOf } from './properties.ts';
import { isAbout, resourceStatements } from './statements.ts';

interface StackFacts {
  /** Logical ids of the secrets that a schedule rotates. */
  readonly rotated: ReadonlySet<string>;
  /** Logical ids of the secrets whose policy denies reading to whoever it does not name. */
  readonly fenced: ReadonlySet<string>;
  /** Logical ids of the buckets in which a trail keeps its files, and of {@link accessLogs}. */
  readonly auditBuckets: ReadonlySet<string>;
  /** Logical ids of the buckets that log who reads the files of a trail. */
  readonly accessLogs: ReadonlySet<string>;
  /** Metric namespaces of the alarms that tell somebody. */
  readonly watched: ReadonlySet<string>;
}

/** Facts of the stack of a resource. The packs run when the tree is complete: what is known stays true. */
export const factsOf = (resource: CfnResource): StackFacts => {
  const stack = Stack.of(resource);
  const known = factsByStack.get(stack);
  if (known) return known;
  const facts = gather(stack);
  factsByStack.set(stack, facts);
  return facts;
};

export const logicalIdOf = (resource: CfnResource): string => String(Stack.of(resource).resolve(resource.logicalId));

const factsByStack = new WeakMap<Stack, StackFacts>();

const gather = (stack: Stack): StackFacts => {
  const byType = new Map<string, CfnResource[]>();
  for (const node of stack.node.findAll()) {
    if (!CfnResource.isCfnResource(node) || Stack.of(node) !== stack) continue;
    byType.set(node.cfnResourceType, [...(byType.get(node.cfnResourceType) ?? []), node]);
  }
  const ofType = (type: string): readonly CfnResource[] => byType.get(type) ?? [];
  const files = idsOf(ofType('AWS::CloudTrail::Trail'), 's3BucketName');
  const accessLogs = logsOf(ofType('AWS::S3::Bucket').filter((bucket) => files.has(logicalIdOf(bucket))));
  return {
    rotated: rotatedBy(ofType('AWS::SecretsManager::RotationSchedule'), ofType(attachmentType)),
    fenced: idsOf(ofType('AWS::SecretsManager::ResourcePolicy').filter(isFence), 'secretId'),
    auditBuckets: new Set([...files, ...accessLogs]),
    accessLogs,
    watched: new Set(
      ofType('AWS::CloudWatch::Alarm')
        .filter(tellsSomebody)
        .map((alarm) => String(propertyOf(alarm, 'namespace'))),
    ),
  };
};

export const tellsSomebody = (alarm: CfnResource): boolean =>
  propertyOf(alarm, 'actionsEnabled') !== false && listOf(propertyOf(alarm, 'alarmActions')).length > 0;

const attachmentType = 'AWS::SecretsManager::SecretTargetAttachment';

/** A schedule names its secret, or the attachment of its secret to a database. */
const rotatedBy = (schedules: readonly CfnResource[], attachments: readonly CfnResource[]): Set<string> => {
  const secretOf = new Map(
    attachments.map((attachment) => [logicalIdOf(attachment), logicalIdIn(propertyOf(attachment, 'secretId'))]),
  );
  const named = idsOf(schedules.filter(rotates), 'secretId');
  return new Set([...named].map((id) => secretOf.get(id) ?? id));
};

const rotates = (schedule: CfnResource): boolean => {
  const rules = propertyOf(schedule, 'rotationRules');
  const isScheduled =
    member(rules, 'scheduleExpression') !== undefined || member(rules, 'automaticallyAfterDays') !== undefined;
  return isScheduled && hasFunction(schedule);
};

/** Whether a function rotates the secret, which it then does at once when asked to. */
export const hasFunction = (schedule: CfnResource): boolean =>
  ['rotationLambdaArn', 'hostedRotationLambda'].some((name) => propertyOf(schedule, name) !== undefined);

const isFence = (policy: CfnResource): boolean =>
  resourceStatements(policy).some(
    (statement) =>
      statement.effect === 'Deny' &&
      isAbout(statement, 'secretsmanager:GetSecretValue') &&
      ['ArnNotLike', 'ArnNotEquals', 'StringNotLike', 'StringNotEquals'].some((operator) =>
        statement.conditions.get(operator)?.has('aws:principalarn'),
      ),
  );

const idsOf = (resources: readonly CfnResource[], property: string): Set<string> =>
  new Set(resources.map((resource) => logicalIdIn(propertyOf(resource, property))).filter((id) => id !== undefined));

const logsOf = (buckets: readonly CfnResource[]): Set<string> =>
  new Set(
    buckets
      .map((bucket) => logicalIdIn(member(propertyOf(bucket, 'loggingConfiguration'), 'destinationBucketName')))
      .filter((id) => id !== undefined),
  );
