/**
 * What of a record may leave: named fields only. CloudTrail leaves secret values out; a list of what may pass holds even
 * if that fails, or a new field appears. Never listed: values, policies, tags, descriptions, tokens.
 */

/** A text, number or truth value, or a list of them. */
const plain = 'plain';
/** A text that can quote what was refused. */
const quoting = 'quoting';

/** A nested table holds for an object, and for each object of a list. */
export type AllowedFields = ReadonlyMap<string, typeof plain | typeof quoting | AllowedFields>;

const named = (...names: readonly string[]): [string, typeof plain][] => names.map((name) => [name, plain]);

/** Of an encryption context only what Secrets Manager puts there; others may hold anything. */
const encryptionContext: AllowedFields = new Map(named('SecretARN', 'SecretVersionId', 'secretARN', 'secretVersionId'));

const replicas: AllowedFields = new Map(named('region', 'kmsKeyId', 'status', 'lastAccessedDate'));

export const requestFields: AllowedFields = new Map<string, typeof plain | AllowedFields>([
  ...named(
    'secretId',
    'secretIdList',
    'name',
    'versionId',
    'versionStage',
    'versionStages',
    'clientRequestToken',
    'moveToVersionId',
    'removeFromVersionId',
    'kmsKeyId',
    'rotationLambdaARN',
    'rotateImmediately',
    'forceDeleteWithoutRecovery',
    'forceOverwriteReplicaSecret',
    'recoveryWindowInDays',
    'blockPublicPolicy',
    'removeReplicaRegions',
    'includeDeprecated',
    'includePlannedDeletion',
    'maxResults',
    'sortOrder',
    'passwordLength',
  ),
  ...named(
    'keyId',
    'targetKeyId',
    'aliasName',
    'pendingWindowInDays',
    'rotationPeriodInDays',
    'policyName',
    'bypassPolicyLockoutSafetyCheck',
    'encryptionAlgorithm',
    'keySpec',
    'keyUsage',
    'numberOfBytes',
    'origin',
    'multiRegion',
    'replicaRegion',
    'primaryRegion',
    'customKeyStoreId',
    'operations',
    'granteePrincipal',
    'retiringPrincipal',
    'grantId',
    'dryRun',
    'limit',
  ),
  // Of the other services: which trail, rule, queue, function, role or bucket.
  ...named('trailName', 'includeManagementEvents', 'rule', 'queueUrl', 'functionName', 'uuid', 'roleName', 'roleArn'),
  ...named('roleSessionName', 'policyArn', 'bucketName', 'reservedConcurrentExecutions'),
  ['encryptionContext', encryptionContext],
  ['rotationRules', new Map(named('automaticallyAfterDays', 'duration', 'scheduleExpression'))],
  ['addReplicaRegions', replicas],
  // What was searched for shows whether a batch read takes everything.
  ['filters', new Map(named('key', 'values'))],
]);

export const responseFields: AllowedFields = new Map<string, typeof plain | AllowedFields>([
  ...named('arn', 'aRN', 'ARN', 'name', 'versionId', 'versionStages', 'deletionDate', 'nextRotationDate'),
  ...named('keyId', 'keyState', 'grantId', 'pendingWindowInDays'),
  // The request for an event source mapping has its id only.
  ...named('functionArn', 'eventSourceArn'),
  ['replicationStatus', replicas],
]);

/** `additionalEventData` and `serviceEventDetails`. */
const serviceFields: AllowedFields = new Map(
  named('SecretId', 'secretId', 'arn', 'aRN', 'ARN', 'name', 'versionId', 'keyId', 'rotationType', 'region'),
);

const issuer: AllowedFields = new Map(named('type', 'principalId', 'arn', 'accountId', 'userName'));

const identityFields: AllowedFields = new Map<string, typeof plain | AllowedFields>([
  ...named('type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'userName', 'invokedBy'),
  ...named('identityProvider', 'credentialId'),
  ['onBehalfOf', new Map(named('userId', 'identityStoreArn'))],
  [
    'sessionContext',
    new Map<string, typeof plain | AllowedFields>([
      ...named('sourceIdentity', 'ec2RoleDelivery', 'assumedRoot'),
      ['sessionIssuer', issuer],
      ['attributes', new Map(named('creationDate', 'mfaAuthenticated'))],
      ['webIdFederationData', new Map(named('federatedProvider'))],
    ]),
  ],
]);

/**
 * A whole record, and the details of events that are not CloudTrail's:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export const recordFields: AllowedFields = new Map<string, typeof plain | typeof quoting | AllowedFields>([
  ...named('eventVersion', 'eventTime', 'eventSource', 'eventName', 'eventID', 'eventType', 'eventCategory'),
  ...named('awsRegion', 'recipientAccountId', 'sharedEventID', 'requestID', 'apiVersion', 'readOnly'),
  ...named('managementEvent', 'sourceIPAddress', 'userAgent', 'vpcEndpointId', 'vpcEndpointAccountId'),
  ...named('sessionCredentialFromConsole', 'errorCode'),
  ['errorMessage', quoting],
  ['userIdentity', identityFields],
  ['requestParameters', requestFields],
  ['responseElements', responseFields],
  ['additionalEventData', serviceFields],
  ['serviceEventDetails', serviceFields],
  ['resources', new Map(named('ARN', 'arn', 'accountId', 'type'))],
  ['tlsDetails', new Map(named('tlsVersion', 'cipherSuite', 'clientProvidedHostHeader'))],
  ['addendum', new Map(named('reason', 'updatedFields', 'originalRequestID', 'originalEventID'))],
  // `Secret Label Updated`, and the project's own events.
  ...named('name', 'labelUpdated', 'versionId', 'environment', 'secretId'),
]);
