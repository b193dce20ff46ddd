/** Calls of other services that weaken what guards the secrets: trail, rules, queues, functions, roles, files, sessions. */
import type { Operation } from './operations.ts';

const rows = (operation: Operation, ...names: readonly string[]): [string, Operation][] =>
  names.map((name) => [name, operation]);

const low = { activity: 'Update', severity: 'Low' } as const;
const medium = { activity: 'Update', severity: 'Medium' } as const;
const deletes = { activity: 'Delete', severity: 'Medium' } as const;

/** Lambda's records end with the version of the API. */
const ofLambda = (name: string): string[] => [name, `${name}20150331`, `${name}20150331v2`];

/** By `eventSource`. The rules of the audit let no other call of these services in. */
export const guardingOperations: ReadonlyMap<string, ReadonlyMap<string, Operation>> = new Map([
  [
    'cloudtrail.amazonaws.com',
    new Map(rows(medium, 'PutEventSelectors', 'StopLogging', 'UpdateTrail').concat(rows(deletes, 'DeleteTrail'))),
  ],
  [
    'events.amazonaws.com',
    new Map(
      rows(low, 'PutRule', 'PutTargets').concat(
        rows(medium, 'DisableRule'),
        rows(deletes, 'DeleteRule', 'RemoveTargets'),
      ),
    ),
  ],
  [
    'sqs.amazonaws.com',
    new Map(rows(low, 'AddPermission', 'SetQueueAttributes').concat(rows(deletes, 'DeleteQueue', 'PurgeQueue'))),
  ],
  [
    'lambda.amazonaws.com',
    new Map(
      rows(
        low,
        ...['AddPermission', 'RemovePermission', 'PublishVersion', 'UpdateAlias'].flatMap(ofLambda),
        ...['UpdateFunctionCode', 'UpdateFunctionConfiguration'].flatMap(ofLambda),
        ...['PutFunctionConcurrency', 'UpdateEventSourceMapping'].flatMap(ofLambda),
        'PutFunctionConcurrency20171031',
      ).concat(rows(deletes, ...['DeleteEventSourceMapping', 'DeleteFunction'].flatMap(ofLambda))),
    ),
  ],
  [
    'iam.amazonaws.com',
    new Map(
      rows(
        low,
        'AttachRolePolicy',
        'DetachRolePolicy',
        'PutRolePermissionsBoundary',
        'PutRolePolicy',
        'UpdateAssumeRolePolicy',
        'UpdateRole',
      ).concat(rows(deletes, 'DeleteRole', 'DeleteRolePermissionsBoundary', 'DeleteRolePolicy')),
    ),
  ],
  [
    's3.amazonaws.com',
    new Map(
      rows(
        low,
        'PutBucketLifecycle',
        'PutBucketLifecycleConfiguration',
        'PutBucketNotification',
        'PutBucketNotificationConfiguration',
        'PutBucketPolicy',
        'PutBucketVersioning',
        'PutObjectLockConfiguration',
      ).concat(rows(deletes, 'DeleteBucket', 'DeleteBucketLifecycle', 'DeleteBucketPolicy')),
    ),
  ],
  [
    'sts.amazonaws.com',
    new Map(rows({ activity: 'Other' }, 'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot')),
  ],
]);
