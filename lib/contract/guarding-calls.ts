/**
 * Calls of other services that weaken what guards the secrets, for the detections. Rules take them by the names of what they
 * change: calls for other resources, and reads, would be most of the events of an account.
 */
import type { EventPattern } from './audit-selection.ts';

/** Lambda's records end with the version of the API: a name stands for each that begins like it. */
export const guardingCalls = {
  cloudtrail: ['DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'],
  events: ['DeleteRule', 'DisableRule', 'PutRule'],
  eventTargets: ['PutTargets', 'RemoveTargets'],
  sqs: ['AddPermission', 'DeleteQueue', 'PurgeQueue', 'SetQueueAttributes'],
  lambda: [
    'AddPermission',
    'DeleteFunction',
    'PublishVersion',
    'PutFunctionConcurrency',
    'RemovePermission',
    'UpdateAlias',
    'UpdateFunctionCode',
    'UpdateFunctionConfiguration',
  ],
  mappings: ['DeleteEventSourceMapping', 'UpdateEventSourceMapping'],
  iam: [
    'AttachRolePolicy',
    'DeleteRole',
    'DeleteRolePermissionsBoundary',
    'DeleteRolePolicy',
    'DetachRolePolicy',
    'PutRolePermissionsBoundary',
    'PutRolePolicy',
    'UpdateAssumeRolePolicy',
    'UpdateRole',
  ],
  s3: [
    'DeleteBucket',
    'DeleteBucketLifecycle',
    'DeleteBucketPolicy',
    'PutBucketLifecycle',
    'PutBucketLifecycleConfiguration',
    'PutBucketNotification',
    'PutBucketNotificationConfiguration',
    'PutBucketPolicy',
    'PutBucketVersioning',
    'PutObjectLockConfiguration',
  ],
  sts: ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'],
} as const;

export interface GuardedNames {
  /** How the names of what Strongroom deploys begin, `strongroom-prod-`. Buckets have them in lower case. */
  readonly prefixes: readonly string[];
  /** ARN of the break-glass role. */
  readonly breakGlassRole: string;
}

export interface GuardingPattern {
  /** Id of the rule. */
  readonly id: string;
  readonly description: string;
  readonly pattern: EventPattern;
}

/** One rule for each field that names what a call changes. */
export const guardingPatterns = ({ prefixes, breakGlassRole }: GuardedNames): readonly GuardingPattern[] => {
  const begins = prefixes.map((prefix) => ({ prefix }));
  const holds = (before: string) => prefixes.map((prefix) => ({ wildcard: `${before}${prefix}*` }));
  return [
    {
      id: 'TrailChanges',
      description: 'Calls that stop or change a trail of the account',
      pattern: callsOf('cloudtrail', guardingCalls.cloudtrail),
    },
    {
      id: 'RuleChanges',
      description: 'Changes of the rules of the audit',
      pattern: callsOf('events', guardingCalls.events, { name: begins }),
    },
    {
      id: 'TargetChanges',
      description: 'Targets of the rules of the audit that are added, replaced or removed',
      pattern: callsOf('events', guardingCalls.eventTargets, { rule: begins }),
    },
    {
      id: 'QueueChanges',
      description: 'Changes of the queues of the audit, and queues that are emptied',
      pattern: callsOf('sqs', guardingCalls.sqs, { queueUrl: holds('*/') }),
    },
    {
      id: 'FunctionChanges',
      description: 'Changes of functions that Strongroom deployed',
      pattern: callsOf(
        'lambda',
        guardingCalls.lambda.map((prefix) => ({ prefix })),
        // By name, by whole ARN, or by account and name.
        { functionName: [...begins, ...holds('*function:')] },
      ),
    },
    {
      id: 'MappingChanges',
      description: 'Queues that are taken from functions that Strongroom deployed',
      // A mapping is named by an id. The answer has its function.
      pattern: callsOf(
        'lambda',
        guardingCalls.mappings.map((prefix) => ({ prefix })),
        undefined,
        { functionArn: holds('*:function:') },
      ),
    },
    {
      id: 'RoleChanges',
      description: 'Changes of roles that Strongroom deployed',
      pattern: callsOf('iam', guardingCalls.iam, { roleName: begins }),
    },
    {
      id: 'BucketChanges',
      description: 'Changes of the buckets of the trail',
      pattern: callsOf('s3', guardingCalls.s3, {
        bucketName: [...new Set(prefixes.map((prefix) => prefix.toLowerCase()))].map((prefix) => ({ prefix })),
      }),
    },
    {
      id: 'BreakGlassSessions',
      description: 'Sessions of the break-glass role',
      pattern: callsOf('sts', guardingCalls.sts, { roleArn: [breakGlassRole] }),
    },
  ];
};

const callsOf = (
  service: string,
  eventName: EventPattern[string],
  requestParameters?: EventPattern,
  responseElements?: EventPattern,
): EventPattern => ({
  source: [`aws.${service}`],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: {
    eventName,
    ...(requestParameters && { requestParameters }),
    ...(responseElements && { responseElements }),
  },
});
