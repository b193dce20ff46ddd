/** Each detection with cases that it must find and cases that it must not. */
import { describe, expect, it } from 'vitest';
import { detectionNames, type DetectionName } from '../../../../lib/contract/index.ts';
import { account, day, hour, iam, key, many, minute, roles, secretArn, timesFound, type Call } from './scene.ts';

interface Cases {
  readonly found: Readonly<Record<string, readonly Call[]>>;
  readonly expected: Readonly<Record<string, readonly Call[]>>;
}

const person = `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Support_0123456789abcdef`;
const stranger = iam('someone');
const bySecretsManager = 'secretsmanager.amazonaws.com';
const byCloudFormation: Call = { role: roles.deployer, invokedBy: 'cloudformation.amazonaws.com' };
const decrypt = (more: Call = {}): Call => ({
  service: 'kms',
  operation: 'Decrypt',
  invokedBy: bySecretsManager,
  request: { encryptionContext: { SecretARN: secretArn('prod/payments/orders-db') } },
  resources: [{ ARN: `arn:aws:kms:eu-west-1:${account}:key/${key}`, type: 'AWS::KMS::Key', accountId: account }],
  ...more,
});
const repeated = (times: number, call: (index: number) => Call): Call[] =>
  Array.from({ length: times }, (_, index) => call(index));
const heartbeats = (until: number): Call[] =>
  repeated(Math.floor(until / (5 * minute)), (index) => ({ heartbeat: true, at: index * 5 * minute }));
const daily = (days: number, call: Call): Call[] => repeated(days, (index) => ({ ...call, at: index * day }));

const table: Readonly<Record<DetectionName, Cases>> = {
  'undeclared-read': {
    found: {
      'a role that the catalog does not name': [{ role: stranger }],
      'a reader of another secret': [{ role: roles.worker, secret: 'prod/payments/admin-db' }],
      'a user': [{ user: 'mallory' }],
      'an operator, who may put but not read': [{ role: roles.operator }],
      'a role of the same name below another path': [{ role: iam('other/prod-payments-api') }],
      'a replica, in its region': [{ role: stranger, region: 'eu-central-1' }],
    },
    expected: {
      'a declared reader': [{ role: roles.api }],
      'the rotation function reads twice per run': [{ role: roles.rotation }, { role: roles.rotation }],
      'a refused read': [{ role: stranger, error: 'AccessDeniedException' }],
      'a secret that Strongroom does not manage': [{ role: stranger, secret: 'other/thing' }],
      'a person with the declared permission set': [{ role: person }],
      'a description': [{ role: stranger, operation: 'DescribeSecret' }],
    },
  },
  'honey-secret': {
    found: {
      'a read': [{ role: roles.breakGlass, secret: 'prod/payments/bait' }],
      'a refused read': [{ role: stranger, secret: 'prod/payments/bait', error: 'AccessDeniedException' }],
      'a new value': [{ role: roles.operator, operation: 'PutSecretValue', secret: 'prod/payments/bait' }],
      'a deletion': [{ role: stranger, operation: 'DeleteSecret', secret: 'prod/payments/bait' }],
    },
    expected: {
      'the console describes it': [{ role: person, operation: 'DescribeSecret', secret: 'prod/payments/bait' }],
      'the deployment creates it': [{ ...byCloudFormation, operation: 'CreateSecret', secret: 'prod/payments/bait' }],
      'the deployment sets its policy': [
        { ...byCloudFormation, operation: 'PutResourcePolicy', secret: 'prod/payments/bait' },
      ],
    },
  },
  'outside-workload': {
    found: {
      'a task’s role in the session of a person': [{ role: roles.api, session: 'mallory' }],
      'a rotation role in another session': [{ role: roles.rotation, session: 'botocore-session-1' }],
      'a call that reads nothing': [{ role: roles.api, session: 'mallory', operation: 'ListSecrets', secret: '' }],
    },
    expected: {
      'a task': [{ role: roles.api }],
      'the rotation function': [{ role: roles.rotation }],
      'a decryption that Secrets Manager does for a task': [decrypt()],
      'a person': [{ role: person, session: 'ann@example.com' }],
    },
  },
  'audit-tampering': {
    found: {
      'the trail is stopped': [
        { role: stranger, service: 'cloudtrail', operation: 'StopLogging', request: { name: 'strongroom-prod' } },
      ],
      'selectors that leave out management events': [
        {
          role: stranger,
          service: 'cloudtrail',
          operation: 'PutEventSelectors',
          request: { trailName: 'strongroom-prod' },
        },
      ],
      'a rule is disabled': [
        { role: stranger, service: 'events', operation: 'DisableRule', request: { name: 'strongroom-prod-audit' } },
      ],
      'a queue is purged': [
        {
          role: stranger,
          service: 'sqs',
          operation: 'PurgeQueue',
          request: { queueUrl: `https://sqs.eu-west-1.amazonaws.com/${account}/strongroom-prod-audit-dead-letters` },
        },
      ],
      'the code of the function': [
        {
          role: stranger,
          service: 'lambda',
          operation: 'UpdateFunctionCode20150331v2',
          request: { functionName: 'strongroom-prod-audit' },
        },
      ],
      'the lifecycle of the files': [
        {
          role: stranger,
          service: 's3',
          operation: 'PutBucketLifecycle',
          request: { bucketName: 'strongroom-prod-trail-files' },
        },
      ],
      'the deployment’s role without CloudFormation': [
        { role: roles.deployer, service: 'cloudtrail', operation: 'StopLogging', request: { name: 'strongroom-prod' } },
      ],
    },
    expected: {
      'a deployment': [
        { ...byCloudFormation, service: 'events', operation: 'PutRule', request: { name: 'strongroom-prod-audit' } },
      ],
      'another queue': [
        {
          role: stranger,
          service: 'sqs',
          operation: 'PurgeQueue',
          request: { queueUrl: `https://sqs.eu-west-1.amazonaws.com/${account}/orders` },
        },
      ],
      'a refused call': [
        {
          role: stranger,
          service: 'cloudtrail',
          operation: 'StopLogging',
          error: 'AccessDenied',
          request: { name: 'strongroom-prod' },
        },
      ],
    },
  },
  'break-glass-assumed': {
    found: {
      'by a person': [
        { role: person, service: 'sts', operation: 'AssumeRole', request: { roleArn: roles.breakGlass } },
      ],
      'by SAML': [
        { role: person, service: 'sts', operation: 'AssumeRoleWithSAML', request: { roleArn: roles.breakGlass } },
      ],
    },
    expected: {
      'another role': [{ role: person, service: 'sts', operation: 'AssumeRole', request: { roleArn: roles.api } }],
      'a refused call': [
        {
          role: person,
          service: 'sts',
          operation: 'AssumeRole',
          request: { roleArn: roles.breakGlass },
          error: 'AccessDenied',
        },
      ],
    },
  },
  'many-secrets': {
    found: {
      'twenty single reads of a stranger': repeated(20, (index) => ({
        role: stranger,
        secret: many[index] ?? '',
        at: index * 1000,
      })),
      'twenty refused reads': repeated(20, (index) => ({
        role: stranger,
        secret: many[index] ?? '',
        error: 'AccessDeniedException',
      })),
      'twenty across regions': repeated(20, (index) => ({
        role: stranger,
        secret: many[index] ?? '',
        region: index % 2 === 0 ? 'eu-west-1' : 'us-east-1',
      })),
      'the break-glass role, which may read all': repeated(20, (index) => ({
        role: roles.breakGlass,
        secret: many[index] ?? '',
      })),
      'secrets that are not Strongroom’s': repeated(20, (index) => ({ role: stranger, secret: `other/${index}` })),
    },
    expected: {
      'an application with 200 secrets starts': many.map((secret) => ({ role: roles.worker, secret })),
      'one secret again and again': repeated(50, () => ({ role: stranger })),
      'twenty in a day': repeated(20, (index) => ({
        role: roles.breakGlass,
        secret: many[index] ?? '',
        at: index * hour,
      })),
      nineteen: repeated(19, (index) => ({ role: roles.breakGlass, secret: many[index] ?? '' })),
    },
  },
  'decrypt-without-read': {
    found: {
      'a decryption that no read explains': [decrypt({ at: 3 * minute }), ...heartbeats(40 * minute).slice(1)],
      'a read by another principal': [
        decrypt({ at: 3 * minute }),
        { role: roles.worker, at: 3 * minute },
        ...heartbeats(40 * minute).slice(1),
      ],
      'a read an hour earlier': [
        { at: 0 },
        decrypt({ at: hour + 3 * minute }),
        ...repeated(8, (index) => ({ heartbeat: true as const, at: hour + (index + 1) * 5 * minute })),
      ],
      'KMS itself, past Secrets Manager': [{ ...decrypt(), role: stranger, invokedBy: '' }],
    },
    expected: {
      'a read and its decryption': [
        { at: 3 * minute },
        decrypt({ at: 3 * minute }),
        ...heartbeats(40 * minute).slice(1),
      ],
      'the decryption comes first': [
        decrypt({ at: 3 * minute - 1 }),
        { at: 3 * minute },
        ...heartbeats(40 * minute).slice(1),
      ],
      'a new value': [
        { operation: 'PutSecretValue', at: 3 * minute },
        decrypt({ at: 3 * minute }),
        ...heartbeats(40 * minute).slice(1),
      ],
      'before both had time to arrive': [decrypt({ at: 3 * minute }), ...heartbeats(20 * minute).slice(1)],
    },
  },
  'policy-changed': {
    found: {
      'by hand': [{ role: roles.operator, operation: 'PutResourcePolicy' }],
      'deleted by hand': [{ role: roles.operator, operation: 'DeleteResourcePolicy' }],
      'made public, also by the deployment': [
        {
          ...byCloudFormation,
          operation: 'PutResourcePolicy',
          request: {
            resourcePolicy: JSON.stringify({
              Statement: [{ Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
            }),
          },
        },
      ],
      'opened to another account by hand': [
        {
          role: roles.operator,
          operation: 'PutResourcePolicy',
          request: {
            resourcePolicy: JSON.stringify({
              Statement: {
                Effect: 'Allow',
                Principal: { AWS: ['arn:aws:iam::999999999999:root'] },
                Action: '*',
                Resource: '*',
              },
            }),
          },
        },
      ],
      'BlockPublicPolicy off': [
        { ...byCloudFormation, operation: 'PutResourcePolicy', request: { blockPublicPolicy: false } },
      ],
    },
    expected: {
      'a deployment': [
        {
          ...byCloudFormation,
          operation: 'PutResourcePolicy',
          request: {
            blockPublicPolicy: true,
            resourcePolicy: JSON.stringify({
              Statement: [
                { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' },
                { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:role/a` }, Action: '*', Resource: '*' },
              ],
            }),
          },
        },
      ],
      'a reader of another account that the catalog declares': [
        {
          ...byCloudFormation,
          operation: 'PutResourcePolicy',
          request: {
            resourcePolicy: JSON.stringify({
              Statement: {
                Effect: 'Allow',
                Principal: { AWS: 'arn:aws:iam::999999999999:role/a' },
                Action: '*',
                Resource: '*',
              },
            }),
          },
        },
      ],
      'a refused call': [{ role: stranger, operation: 'PutResourcePolicy', error: 'AccessDeniedException' }],
      validation: [{ role: stranger, operation: 'ValidateResourcePolicy' }],
    },
  },
  'key-changed': {
    found: {
      'a key of secrets is disabled': [
        decrypt(),
        { role: stranger, service: 'kms', operation: 'DisableKey', request: { keyId: key } },
      ],
      'by its ARN': [
        decrypt(),
        {
          role: stranger,
          service: 'kms',
          operation: 'ScheduleKeyDeletion',
          request: { keyId: `arn:aws:kms:eu-west-1:${account}:key/${key}` },
        },
      ],
      'its policy': [decrypt(), { role: stranger, service: 'kms', operation: 'PutKeyPolicy', request: { keyId: key } }],
      'a grant': [decrypt(), { role: stranger, service: 'kms', operation: 'CreateGrant', request: { keyId: key } }],
    },
    expected: {
      'a key that encrypts none of our secrets': [
        decrypt(),
        {
          role: stranger,
          service: 'kms',
          operation: 'DisableKey',
          request: { keyId: '99999999-12ab-34cd-56ef-1234567890ab' },
        },
      ],
      'a deployment': [
        decrypt(),
        { ...byCloudFormation, service: 'kms', operation: 'PutKeyPolicy', request: { keyId: key } },
      ],
      'a grant that a service takes': [
        decrypt(),
        {
          role: stranger,
          service: 'kms',
          operation: 'CreateGrant',
          request: { keyId: key },
          invokedBy: 'rds.amazonaws.com',
        },
      ],
    },
  },
  'secret-deleted': {
    found: {
      'with recovery': [{ role: roles.operator, operation: 'DeleteSecret' }],
      'without recovery': [
        { role: roles.operator, operation: 'DeleteSecret', request: { forceDeleteWithoutRecovery: true } },
      ],
      'by a deployment': [{ ...byCloudFormation, operation: 'DeleteSecret' }],
    },
    expected: { 'a refused call': [{ role: stranger, operation: 'DeleteSecret', error: 'AccessDeniedException' }] },
  },
  'label-moved': {
    found: {
      'by an operator': [
        { role: roles.operator, operation: 'UpdateSecretVersionStage', request: { versionStage: 'AWSCURRENT' } },
      ],
    },
    expected: {
      'by the rotation': [
        { role: roles.rotation, operation: 'UpdateSecretVersionStage', request: { versionStage: 'AWSCURRENT' } },
      ],
      'of a secret that is not ours': [
        { role: stranger, operation: 'UpdateSecretVersionStage', secret: 'other/thing' },
      ],
    },
  },
  'rotation-changed': {
    found: {
      'code of a function': [
        {
          role: stranger,
          service: 'lambda',
          operation: 'UpdateFunctionCode20150331v2',
          request: { functionName: `arn:aws:lambda:eu-west-1:${account}:function:strongroom-prod-rotation-postgres` },
        },
      ],
      'its role': [
        {
          role: stranger,
          service: 'iam',
          operation: 'PutRolePolicy',
          request: { roleName: 'strongroom-prod-rotation-postgres' },
        },
      ],
      'its environment': [
        {
          role: stranger,
          service: 'lambda',
          operation: 'UpdateFunctionConfiguration20150331v2',
          request: { functionName: 'strongroom-prod-rotation-postgres' },
        },
      ],
    },
    expected: {
      'a deployment': [
        {
          ...byCloudFormation,
          service: 'lambda',
          operation: 'UpdateFunctionCode20150331v2',
          request: { functionName: 'strongroom-prod-rotation-postgres' },
        },
      ],
      'another function': [
        {
          role: stranger,
          service: 'lambda',
          operation: 'UpdateFunctionCode20150331v2',
          request: { functionName: 'my-strongroom-prod-x' },
        },
      ],
      'a function of another environment': [
        {
          role: stranger,
          service: 'lambda',
          operation: 'UpdateFunctionCode20150331v2',
          request: { functionName: 'strongroom-dev-rotation-postgres' },
        },
      ],
    },
  },
  'replicated-elsewhere': {
    found: {
      'to a region that the catalog lacks': [
        {
          role: stranger,
          operation: 'ReplicateSecretToRegions',
          request: { addReplicaRegions: [{ region: 'us-east-1' }] },
        },
      ],
      'at once with one that it has': [
        {
          ...byCloudFormation,
          operation: 'ReplicateSecretToRegions',
          request: { addReplicaRegions: [{ region: 'eu-central-1' }, { region: 'ap-south-1' }] },
        },
      ],
    },
    expected: {
      'a declared region': [
        {
          ...byCloudFormation,
          operation: 'ReplicateSecretToRegions',
          request: { addReplicaRegions: [{ region: 'eu-central-1' }] },
        },
      ],
    },
  },
  'batch-of-everything': {
    found: {
      'no filter at all': [{ role: stranger, operation: 'BatchGetSecretValue', secret: '' }],
      'a negation': [
        {
          role: stranger,
          operation: 'BatchGetSecretValue',
          secret: '',
          request: { filters: [{ key: 'name', values: ['!nothing'] }] },
        },
      ],
      'an empty beginning': [
        {
          role: stranger,
          operation: 'BatchGetSecretValue',
          secret: '',
          request: { filters: [{ key: 'name', values: [''] }] },
        },
      ],
    },
    expected: {
      'a list of secrets': [
        {
          role: roles.worker,
          operation: 'BatchGetSecretValue',
          secret: '',
          request: { secretIdList: [many[0] ?? ''] },
        },
      ],
      'a filter by application': [
        {
          role: roles.worker,
          operation: 'BatchGetSecretValue',
          secret: '',
          request: { filters: [{ key: 'name', values: ['prod/payments/'] }] },
        },
      ],
    },
  },
  'unexpected-network': {
    found: {
      'past the VPC endpoint': [{ role: roles.api, endpoint: null, ip: '203.0.113.9' }],
      'through another endpoint': [{ role: roles.api, endpoint: 'vpce-0bbbbbbbbbbbbbbbb' }],
      'a settled principal from a new network': [
        ...daily(20, { role: roles.worker, endpoint: null, ip: '198.51.100.7' }),
        { role: roles.worker, endpoint: null, ip: '203.0.113.9', at: 20 * day },
      ],
      'a settled principal from a new network of IPv6': [
        ...daily(20, { role: roles.worker, endpoint: null, ip: '2001:db8:1::1' }),
        { role: roles.worker, endpoint: null, ip: '2a00:1450::1', at: 20 * day },
      ],
    },
    expected: {
      'through the endpoint': [{ role: roles.api }],
      'another address of the same network': [
        ...daily(20, { role: roles.worker, endpoint: null, ip: '198.51.100.7' }),
        { role: roles.worker, endpoint: null, ip: '198.51.7.9', at: 20 * day },
      ],
      'a new principal': [{ role: roles.worker, endpoint: null, ip: '203.0.113.9' }],
      'a function outside of a VPC, ever from somewhere else': repeated(30, (index) => ({
        role: roles.worker,
        endpoint: null,
        ip: `3.${index}.0.1`,
        at: index * day,
      })),
    },
  },
  enumeration: {
    found: {
      'list, describe, get': [
        { role: stranger, operation: 'ListSecrets', secret: '' },
        ...repeated(3, (index) => ({ role: stranger, operation: 'DescribeSecret', secret: many[index] ?? '' })),
        { role: stranger, at: minute },
      ],
      'across regions': [
        { role: stranger, operation: 'ListSecrets', secret: '', region: 'us-east-1' },
        ...repeated(3, (index) => ({
          role: stranger,
          operation: 'DescribeSecret',
          region: ['eu-west-1', 'us-east-1', 'ap-south-1'][index] ?? '',
        })),
        { role: stranger, at: minute },
      ],
    },
    expected: {
      'the console lists and describes': [
        { role: person, operation: 'ListSecrets', secret: '' },
        ...repeated(9, (index) => ({ role: person, operation: 'DescribeSecret', secret: many[index] ?? '' })),
      ],
      'spread over an hour': [
        { role: stranger, operation: 'ListSecrets', secret: '' },
        ...repeated(3, (index) => ({
          role: stranger,
          operation: 'DescribeSecret',
          secret: many[index] ?? '',
          at: index * 20 * minute,
        })),
        { role: stranger, at: hour },
      ],
      'the watch of Strongroom': [
        { role: roles.watch, operation: 'ListSecrets', secret: '' },
        ...repeated(5, (index) => ({ role: roles.watch, operation: 'DescribeSecret', secret: many[index] ?? '' })),
        { role: roles.watch },
      ],
    },
  },
  'denied-burst': {
    found: {
      'ten refused calls': [
        ...repeated(10, (index) => ({ role: stranger, error: 'AccessDeniedException', at: index * 1000 })),
      ],
      'five secrets': [
        ...repeated(5, (index) => ({ role: stranger, secret: many[index] ?? '', error: 'AccessDeniedException' })),
      ],
    },
    expected: {
      'nine refused calls': repeated(9, () => ({ role: stranger, error: 'AccessDeniedException' })),
      'other errors': repeated(20, () => ({ role: stranger, error: 'ResourceNotFoundException' })),
      'ten in a day': repeated(10, (index) => ({ role: stranger, error: 'AccessDeniedException', at: index * hour })),
    },
  },
  'previous-after-grace': {
    found: {
      'two days after the rotation, with a grace of one': [
        { label: 'AWSCURRENT' },
        { role: roles.api, request: { versionStage: 'AWSPREVIOUS' }, at: 2 * day },
      ],
    },
    expected: {
      'within the grace time': [
        { label: 'AWSCURRENT' },
        { role: roles.api, request: { versionStage: 'AWSPREVIOUS' }, at: hour },
      ],
      'by the rotation': [
        { label: 'AWSCURRENT' },
        { role: roles.rotation, request: { versionStage: 'AWSPREVIOUS' }, at: 2 * day },
      ],
      'the current value': [{ label: 'AWSCURRENT' }, { role: roles.api, at: 2 * day }],
      'a rotation since': [
        { label: 'AWSCURRENT' },
        { label: 'AWSCURRENT', at: 2 * day - hour },
        { role: roles.api, request: { versionStage: 'AWSPREVIOUS' }, at: 2 * day },
      ],
    },
  },
  'human-read': {
    found: {
      'a declared permission set': [{ role: person }],
      'a user': [{ user: 'ann' }],
      'the break-glass role': [{ role: roles.breakGlass }],
    },
    expected: {
      'a task': [{ role: roles.api }],
      'a person who describes': [{ role: person, operation: 'DescribeSecret' }],
      'the rotation': [{ role: roles.rotation }],
    },
  },
  'rotation-failed': {
    found: {
      failed: [{ operation: 'RotationFailed' }],
      abandoned: [{ operation: 'RotationAbandoned' }],
      'turned off by hand': [{ role: roles.operator, operation: 'CancelRotateSecret' }],
    },
    expected: {
      succeeded: [{ operation: 'RotationSucceeded' }],
      'turned off by a deployment': [{ ...byCloudFormation, operation: 'CancelRotateSecret' }],
    },
  },
  'first-read': {
    found: {
      'a settled principal reads another settled secret': [
        ...daily(10, { role: roles.worker }),
        ...daily(10, { role: roles.breakGlass, secret: many[0] ?? '' }),
        { role: roles.worker, secret: many[0] ?? '', at: 10 * day },
      ],
    },
    expected: {
      'a new principal': [...daily(10, { role: roles.worker }), { role: roles.api, at: 10 * day }],
      'a new secret': [
        ...daily(10, { role: roles.worker }),
        { role: roles.worker, secret: many[0] ?? '', at: 10 * day },
      ],
      'the same again': daily(30, { role: roles.worker }),
    },
  },
};

describe.each(detectionNames)('%s', (rule) => {
  it.each(Object.entries(table[rule].found))('finds: %s', async (_, calls) => {
    expect(await timesFound(rule, calls)).toBeGreaterThan(0);
  });

  it.each(Object.entries(table[rule].expected))('does not find: %s', async (_, calls) => {
    expect(await timesFound(rule, calls)).toBe(0);
  });
});
