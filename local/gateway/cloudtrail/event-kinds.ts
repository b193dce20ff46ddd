/** Which calls only read, and which are data events, that a trail records only if configured. */

export const isReadOnly = (service: string, operation: string): boolean =>
  readingVerbs.test(operation) || readOnlyOperations[service]?.has(operation) === true;

export const isManagementEvent = (service: string, operation: string): boolean =>
  service === 's3' ? !s3ObjectOperation.test(operation) : dataOperations[service]?.has(operation) !== true;

const readingVerbs =
  /^(Get|BatchGet|List|Describe|Head|Lookup|Search|Select|Query|Scan|Test|Validate|Simulate|Estimate|Filter|Receive)(?![a-z])/;

/** KMS and STS count the use of a key or role as reading: it changes nothing of theirs. */
const readOnlyOperations: Readonly<Record<string, ReadonlySet<string>>> = {
  kms: new Set([
    'Decrypt',
    'Encrypt',
    'ReEncrypt',
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateMac',
    'GenerateRandom',
    'Sign',
    'Verify',
    'VerifyMac',
  ]),
  sts: new Set(['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'DecodeAuthorizationMessage']),
};

const s3ObjectOperation =
  /(Object|Objects|ObjectV2|ObjectsV2|ObjectAcl|ObjectTagging|ObjectAttributes|ObjectVersions|Part|Parts|MultipartUpload)$/;

const dataOperations: Readonly<Record<string, ReadonlySet<string>>> = {
  lambda: new Set(['Invoke', 'InvokeWithResponseStream']),
  sqs: new Set([
    'SendMessage',
    'SendMessageBatch',
    'ReceiveMessage',
    'DeleteMessage',
    'DeleteMessageBatch',
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
  ]),
  sns: new Set(['Publish', 'PublishBatch']),
  events: new Set(['PutEvents']),
  logs: new Set(['PutLogEvents', 'GetLogEvents', 'FilterLogEvents']),
  monitoring: new Set(['PutMetricData', 'GetMetricData']),
  firehose: new Set(['PutRecord', 'PutRecordBatch']),
};
