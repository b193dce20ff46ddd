import { describe, expect, it } from 'vitest';
import { createAuthorize } from '../../../local/gateway/authorization/authorize.ts';
import type { Deployed } from '../../../local/gateway/authorization/deployed.ts';
import { localOrganizationId } from '../../../local/gateway/authorization/principal.ts';
import type { DeployedRole } from '../../../local/gateway/authorization/deployed-role.ts';
import { createCredentialStore } from '../../../local/gateway/identity/credentials.ts';
import type { AwsRequest, Caller } from '../../../local/gateway/request.ts';

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/app`;
const secretArn = `arn:aws:secretsmanager:eu-west-1:${account}:secret:dev/payments/orders-db-AbCdEf`;
const keyArn = `arn:aws:kms:eu-west-1:${account}:key/00000000-0000-0000-0000-000000000001`;

const document = (...statements: readonly unknown[]) => ({ Version: '2012-10-17', Statement: statements });
const statement = (action: string | readonly string[], resource = '*', condition?: unknown) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition !== undefined && { Condition: condition }),
});

interface World {
  readonly identity?: readonly unknown[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly secretPolicy?: unknown;
  /** Whether a customer's key encrypts the secret, under which alias where that is there no more. */
  readonly keyed?: boolean | 'alias/gone';
  readonly functionPolicy?: unknown;
}

const deployedAs = ({ identity = [], tags = {}, secretPolicy, keyed = false, functionPolicy }: World): Deployed => {
  const role: DeployedRole = {
    arn: roleArn,
    account,
    id: 'AROA1',
    trustPolicy: document(),
    identityPolicies: identity.length === 0 ? [] : [{ name: 'inline', policy: document(...identity) }],
    maxSessionSeconds: 3600,
    tags: { team: 'payments' },
  };
  return {
    role: (arn) => Promise.resolve(arn === roleArn ? role : undefined),
    secret: (_scope, id) =>
      Promise.resolve(
        id === secretArn || id === 'dev/payments/orders-db'
          ? {
              arn: secretArn,
              account,
              region: 'eu-west-1',
              policy: secretPolicy,
              tags,
              rotationLambdaArn: 'arn:aws:lambda:eu-west-1:111122223333:function:rotation',
              versions: { AWSCURRENT: 'version-1', AWSPENDING: 'version-2' },
              ...(keyed !== false && { kmsKeyId: keyed === true ? keyArn : keyed }),
            }
          : undefined,
      ),
    key: (_scope, id) =>
      Promise.resolve(
        id.endsWith('alias/gone')
          ? undefined
          : {
              arn: keyArn,
              account,
              aliases: ['alias/strongroom/dev/high'],
              tags: {},
              policy: document({
                ...statement('kms:*'),
                Principal: { AWS: `arn:aws:iam::${account}:root` },
              }),
            },
      ),
    functionRole: () => Promise.resolve(roleArn),
    functionPolicy: () => Promise.resolve(functionPolicy),
    queuePolicy: () => Promise.resolve(undefined),
    bucketPolicy: () => Promise.resolve(undefined),
    partitionKey: (_scope, table) => Promise.resolve(table === 'ledger' ? 'id' : undefined),
    beforeForward: () => undefined,
    afterForward: () => undefined,
  };
};

const app = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/app/session`,
  roleArn,
  sessionName: 'session',
  accessKeyId: 'ASIA',
  principalId: 'AROA1:session',
} as const satisfies Caller;
const administrator = {
  kind: 'administrator',
  account,
  arn: `arn:aws:iam::${account}:user/administrator`,
  accessKeyId: 'AKIA',
} as const satisfies Caller;

const call = (
  service: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  caller: Caller = app,
): AwsRequest => ({
  requestId: 'r',
  service,
  operation,
  region: 'eu-west-1',
  caller,
  method: 'POST',
  url: '/',
  headers: service === 'secretsmanager' || service === 'kms' ? { 'x-amz-target': `x.${operation}` } : {},
  body: Buffer.alloc(0),
  input,
  receivedAt: Date.UTC(2026, 10, 21),
});

/** Another account is of no organisation, and one endpoint is in a VPC that is known. */
const surroundings = {
  organizationOf: (of: string) => (of === account ? localOrganizationId : undefined),
  vpcOf: (endpoint: string) => (endpoint === 'vpce-0a1b2c3d4e5f60718' ? 'vpc-0a1b2c3d4e5f60718' : undefined),
};

const outcome = async (request: AwsRequest, world: World = {}): Promise<string> => {
  const authorize = createAuthorize(deployedAs(world), createCredentialStore(), surroundings);
  return authorize(request).then(
    () => 'allowed',
    (error: unknown) => (error as Error).message,
  );
};

const getSecret = (input: Readonly<Record<string, unknown>> = {}) =>
  call('secretsmanager', 'GetSecretValue', { SecretId: 'dev/payments/orders-db', ...input });
const mayRead = statement('secretsmanager:GetSecretValue', secretArn);

describe('a call', () => {
  it.each<[string, AwsRequest, World, string | RegExp]>([
    ['names a secret and is judged by its ARN', getSecret(), { identity: [mayRead] }, 'allowed'],
    [
      'for a secret that does not exist is judged all the same',
      call('secretsmanager', 'GetSecretValue', { SecretId: 'nothing' }),
      { identity: [mayRead] },
      /on resource: arn:aws:secretsmanager:eu-west-1:111122223333:secret:nothing because no identity-based policy/,
    ],
    [
      'sees the tags of secret and role',
      getSecret(),
      {
        identity: [
          statement('secretsmanager:*', '*', {
            StringEquals: { 'secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn': '${aws:PrincipalTag/team}' },
          }),
        ],
        tags: { 'aws:rds:primaryDBInstanceArn': 'payments' },
      },
      'allowed',
    ],
    [
      'sees the function that rotates the secret',
      call('secretsmanager', 'PutSecretValue', { SecretId: secretArn }),
      {
        identity: [
          statement('secretsmanager:PutSecretValue', '*', {
            ArnEquals: {
              'secretsmanager:resource/AllowRotationLambdaArn': 'arn:aws:lambda:eu-west-1:111122223333:function:other',
            },
          }),
        ],
      },
      /because no identity-based policy allows the secretsmanager:PutSecretValue action/,
    ],
    [
      'sees the label that it asks for',
      getSecret({ VersionStage: 'AWSPENDING' }),
      {
        identity: [mayRead],
        secretPolicy: document({
          ...statement('secretsmanager:GetSecretValue', '*', {
            'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSPENDING' },
          }),
          Effect: 'Deny',
          Principal: '*',
        }),
      },
      /with an explicit deny in a resource-based policy/,
    ],
    [
      'needs the key of its secret too',
      getSecret(),
      { identity: [mayRead], keyed: true },
      'Access to KMS is not allowed',
    ],
    [
      'for a secret whose key has lost its alias gets no value',
      getSecret(),
      { identity: [mayRead, statement('kms:*')], keyed: 'alias/gone' },
      'Access to KMS is not allowed',
    ],
    [
      'uses the key in the context of the version that it reads',
      getSecret({ VersionStage: 'AWSPENDING' }),
      {
        identity: [
          mayRead,
          statement('kms:Decrypt', keyArn, {
            StringEquals: {
              'kms:EncryptionContext:SecretARN': secretArn,
              'kms:EncryptionContext:SecretVersionId': 'version-2',
              'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com',
              'kms:CallerAccount': account,
            },
          }),
        ],
        keyed: true,
      },
      'allowed',
    ],
    [
      'that writes needs a data key',
      call('secretsmanager', 'PutSecretValue', { SecretId: secretArn, SecretString: 'x' }),
      { identity: [statement('secretsmanager:*'), statement('kms:Decrypt')], keyed: true },
      'Access to KMS is not allowed',
    ],
    [
      'that describes needs no key',
      call('secretsmanager', 'DescribeSecret', { SecretId: secretArn }),
      { identity: [statement('secretsmanager:*')], keyed: true },
      'allowed',
    ],
    [
      'for several secrets needs each',
      call('secretsmanager', 'BatchGetSecretValue', { SecretIdList: ['dev/payments/orders-db', 'other'] }),
      { identity: [statement('secretsmanager:BatchGetSecretValue'), mayRead] },
      /secretsmanager:GetSecretValue on resource: .*:secret:other/,
    ],
    [
      'that removes an alias needs the alias',
      call('kms', 'DeleteAlias', { AliasName: 'alias/payments' }),
      { identity: [statement('kms:DeleteAlias', keyArn)] },
      /kms:DeleteAlias on resource: arn:aws:kms:eu-west-1:111122223333:alias\/payments/,
    ],
    [
      'that removes an alias needs its key too',
      call('kms', 'DeleteAlias', { AliasName: 'alias/payments' }),
      { identity: [statement('kms:DeleteAlias', 'arn:aws:kms:eu-west-1:111122223333:alias/*')] },
      /kms:DeleteAlias on resource: arn:aws:kms:eu-west-1:111122223333:key/,
    ],
    [
      'that encrypts anew needs both keys',
      call('kms', 'ReEncrypt', { SourceKeyId: keyArn, DestinationKeyId: keyArn }),
      { identity: [statement('kms:ReEncryptFrom', keyArn)] },
      /kms:ReEncryptTo on resource/,
    ],
    [
      'to S3 is judged by the action that IAM knows',
      call('s3', 'HeadObject', { Bucket: 'b', Key: 'k' }),
      { identity: [statement('s3:GetObject', 'arn:aws:s3:::b/*')] },
      'allowed',
    ],
    [
      'to S3 for many objects needs them all',
      call('s3', 'DeleteObjects', { Bucket: 'b' }),
      { identity: [statement('s3:DeleteObject', 'arn:aws:s3:::c/*')] },
      /s3:DeleteObject on resource: arn:aws:s3:::b\/\*/,
    ],
    [
      'that hands a role to CloudFormation must be allowed to pass it',
      call('cloudformation', 'CreateChangeSet', { StackName: 's', RoleARN: roleArn }),
      { identity: [statement('cloudformation:*')] },
      /iam:PassRole on resource: arn:aws:iam::111122223333:role\/app/,
    ],
    [
      'that passes a role to the service it may be passed to is allowed',
      call('cloudformation', 'CreateChangeSet', { StackName: 's', RoleARN: roleArn }),
      {
        identity: [
          statement('cloudformation:*'),
          statement('iam:PassRole', roleArn, {
            StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
          }),
        ],
      },
      'allowed',
    ],
    [
      'that knows no resource is judged on all',
      call('secretsmanager', 'ListSecrets', {}),
      { identity: [statement('secretsmanager:ListSecrets')] },
      'allowed',
    ],
    [
      'that no table has is refused to roles, whatever they may',
      call('scheduler', 'Unknown', {}),
      { identity: [statement('*')] },
      /scheduler:Unknown is not mapped to its resource in the local gateway/,
    ],
  ])('%s', async (_what, request, world, expected) => {
    const result = await outcome(request, world);

    if (typeof expected === 'string') expect(result).toBe(expected);
    else expect(result).toMatch(expected);
  });

  const denied = (action: string, condition: unknown) =>
    document({ ...statement(action, '*', condition), Effect: 'Deny', Principal: '*' });
  const versionById = denied('secretsmanager:GetSecretValue', { Null: { 'secretsmanager:VersionId': 'false' } });
  const otherLabels = denied('secretsmanager:GetSecretValue', {
    Null: { 'secretsmanager:VersionStage': 'false' },
    StringNotEquals: { 'secretsmanager:VersionStage': ['AWSCURRENT', 'AWSPREVIOUS'] },
  });
  const shortRecovery = denied('secretsmanager:DeleteSecret', {
    NumericLessThan: { 'secretsmanager:RecoveryWindowInDays': '30' },
  });
  const force = denied('secretsmanager:DeleteSecret', {
    Bool: { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' },
  });
  const elsewhere = denied('secretsmanager:GetSecretValue', {
    StringNotEquals: { 'aws:SourceVpce': 'vpce-0a1b2c3d4e5f60718' },
  });
  const outside = denied('secretsmanager:GetSecretValue', {
    StringNotEquals: { 'aws:SourceVpc': 'vpc-0a1b2c3d4e5f60718' },
  });
  const strangers = denied('secretsmanager:GetSecretValue', {
    StringNotEquals: { 'aws:PrincipalOrgID': localOrganizationId },
  });
  const foreigners = denied('secretsmanager:GetSecretValue', {
    StringNotEquals: { 'aws:PrincipalOrgID': 'o-another0organization' },
  });
  const deleting = (input: Readonly<Record<string, unknown>> = {}) =>
    call('secretsmanager', 'DeleteSecret', { SecretId: secretArn, ...input });
  const through = (host: string): AwsRequest => ({ ...getSecret(), headers: { 'x-amz-target': 'x', host } });
  const stop = /with an explicit deny in a resource-based policy/;

  it.each<[string, AwsRequest, unknown, string | RegExp]>([
    ['reads no version by its id', getSecret({ VersionId: 'version-1' }), versionById, stop],
    ['reads the current version without an id', getSecret(), versionById, 'allowed'],
    ['reads the version of a label', getSecret({ VersionStage: 'AWSPREVIOUS' }), otherLabels, 'allowed'],
    ['reads the current version without a label', getSecret(), otherLabels, 'allowed'],
    ['reads no version of another label', getSecret({ VersionStage: 'AWSPENDING' }), otherLabels, stop],
    ['deletes with the time that is given', deleting({ RecoveryWindowInDays: 7 }), shortRecovery, stop],
    ['deletes with thirty days unless others are given', deleting(), shortRecovery, 'allowed'],
    ['deletes at once', deleting({ ForceDeleteWithoutRecovery: true }), force, stop],
    ['deletes with a way back', deleting({ RecoveryWindowInDays: 30 }), force, 'allowed'],
    ['comes from nowhere in particular', getSecret(), elsewhere, stop],
    [
      'comes through a VPC endpoint',
      through('vpce-0a1b2c3d4e5f60718-ab12cd34.secretsmanager.eu-west-1.vpce.amazonaws.com'),
      elsewhere,
      'allowed',
    ],
    [
      'comes through another VPC endpoint',
      through('vpce-0f1e2d3c4b5a69788-ab12cd34.secretsmanager.eu-west-1.vpce.amazonaws.com'),
      elsewhere,
      stop,
    ],
    [
      'comes from the VPC of its endpoint',
      through('vpce-0a1b2c3d4e5f60718-ab12cd34.secretsmanager.eu-west-1.vpce.amazonaws.com'),
      outside,
      'allowed',
    ],
    [
      'comes from no VPC where that of its endpoint is not known',
      through('vpce-0f1e2d3c4b5a69788-ab12cd34.secretsmanager.eu-west-1.vpce.amazonaws.com'),
      outside,
      stop,
    ],
    ['comes from no VPC over the internet', getSecret(), outside, stop],
    ['comes from an account of the organisation', getSecret(), strangers, 'allowed'],
    ['comes from an account of another organisation', getSecret(), foreigners, stop],
    ['comes from an account of none', { ...getSecret(), caller: { ...app, account: '999988887777' } }, strangers, stop],
  ])('shows fences what it asks for: it %s', async (_what, request, secretPolicy, expected) => {
    const result = await outcome(request, { identity: [statement('secretsmanager:*')], secretPolicy });

    expect(result).toMatch(expected);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    [
      'TagResource',
      'a mark of CloudFormation',
      { Tags: [{ Key: 'aws:cloudformation:stack-name', Value: 'strongroom' }] },
    ],
    ['CreateSecret', 'a mark of RDS', { Name: 'x', Tags: [{ Key: 'AWS:rds:primaryDBInstanceArn', Value: 'x' }] }],
    ['UntagResource', 'a mark of CloudFormation', { TagKeys: ['aws:cloudformation:stack-name'] }],
  ])('forges by %s not even as the administrator %s', async (operation, _mark, input) => {
    const request = call('secretsmanager', operation, { SecretId: secretArn, ...input }, administrator);

    expect(await outcome(request)).toMatch(/^Tag key aws:.* is reserved/i);
  });

  it('of the administrator is allowed where nothing denies it, mapped or not', async () => {
    expect(await outcome(call('scheduler', 'Unknown', {}, administrator))).toBe('allowed');
    expect(await outcome({ ...getSecret(), caller: administrator }, { keyed: true })).toBe('allowed');
  });

  it("of a service needs the resource's own consent, for the account that it acts for", async () => {
    const invoke = (of: string) =>
      call(
        'lambda',
        'Invoke',
        { FunctionName: 'rotation' },
        { kind: 'service', account: of, service: 'secretsmanager.amazonaws.com' },
      );
    const functionPolicy = document({
      ...statement('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${account}:function:rotation`, {
        StringEquals: { 'aws:SourceAccount': account },
      }),
      Principal: { Service: 'secretsmanager.amazonaws.com' },
    });

    expect(await outcome(invoke(account), { functionPolicy })).toBe('allowed');
    expect(await outcome(invoke('999988887777'), { functionPolicy })).toMatch(/is not authorized to perform/);
    expect(await outcome(invoke(account))).toMatch(/is not authorized to perform/);
  });

  describe('to DynamoDB with a condition on the partition keys', () => {
    const table = `arn:aws:dynamodb:eu-west-1:${account}:table/ledger`;
    const own = statement('dynamodb:*', table, {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['siem#*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
    const key = (id: string) => ({ id: { S: id } });
    const query = (KeyConditionExpression: string, id: string) => ({
      TableName: 'ledger',
      KeyConditionExpression,
      ExpressionAttributeNames: { '#id': 'id' },
      ExpressionAttributeValues: { ':id': { S: id }, ':at': { N: '1' } },
    });
    const refused = /because no identity-based policy allows the dynamodb:\w+ action/;

    it.each<[string, string, Readonly<Record<string, unknown>>, string | RegExp]>([
      [
        'reads its own items',
        'BatchGetItem',
        { RequestItems: { ledger: { Keys: [key('siem#1'), key('siem#2')] } } },
        'allowed',
      ],
      [
        'reads an item of another',
        'BatchGetItem',
        { RequestItems: { ledger: { Keys: [key('siem#1'), key('lake#1')] } } },
        refused,
      ],
      [
        'writes its own items, with the table by its ARN',
        'BatchWriteItem',
        { RequestItems: { [table]: [{ PutRequest: { Item: { ...key('siem#1'), expires: { N: '1' } } } }] } },
        'allowed',
      ],
      [
        'writes an item of another',
        'BatchWriteItem',
        {
          RequestItems: {
            ledger: [{ PutRequest: { Item: key('siem#1') } }, { DeleteRequest: { Key: key('lake#1') } }],
          },
        },
        refused,
      ],
      [
        'uses another table besides',
        'BatchGetItem',
        { RequestItems: { ledger: { Keys: [key('siem#1')] }, users: { Keys: [key('siem#1')] } } },
        /on resource: arn:aws:dynamodb:eu-west-1:111122223333:table\/users/,
      ],
      ['updates its own item', 'UpdateItem', { TableName: 'ledger', Key: key('siem#1') }, 'allowed'],
      ['updates an item of another', 'UpdateItem', { TableName: 'ledger', Key: key('lake#1') }, refused],
      ['puts an item of another', 'PutItem', { TableName: 'ledger', Item: key('lake#1') }, refused],
      ['names no key', 'Scan', { TableName: 'ledger' }, refused],
      ['queries its own items', 'Query', query('#id = :id', 'siem#1'), 'allowed'],
      ['queries its own items by the name of the key', 'Query', query('(id=:id) AND at > :at', 'siem#1'), 'allowed'],
      ['queries items of another', 'Query', query('#id = :id', 'lake#1'), refused],
      [
        'queries by another attribute than the key',
        'Query',
        { ...query('#id = :id', 'siem#1'), ExpressionAttributeNames: { '#id': 'owner' } },
        refused,
      ],
      [
        'queries an index, which has other keys',
        'Query',
        { ...query('#id = :id', 'siem#1'), IndexName: 'by-owner' },
        /dynamodb:Query is not mapped to its resource/,
      ],
      [
        'queries by conditions that the gateway does not read',
        'Query',
        { TableName: 'ledger', KeyConditions: {} },
        /dynamodb:Query is not mapped to its resource/,
      ],
    ])('%s', async (_what, operation, input, expected) => {
      expect(await outcome(call('dynamodb', operation, input), { identity: [own] })).toMatch(expected);
    });
  });

  it('publishes to the topics that its policy names, and to no other', async () => {
    const topic = `arn:aws:sns:eu-west-1:${account}:strongroom-dev-platform`;
    const identity = [statement('sns:Publish', topic)];
    expect(await outcome(call('sns', 'Publish', { TopicArn: topic, Message: 'm' }), { identity })).toBe('allowed');
    expect(await outcome(call('sns', 'Publish', { TopicArn: `${topic}-2`, Message: 'm' }), { identity })).toMatch(
      /on resource: arn:aws:sns:eu-west-1:111122223333:strongroom-dev-platform-2/,
    );
    // Not to a topic: to a phone.
    expect(await outcome(call('sns', 'Publish', { PhoneNumber: '+491701234567' }), { identity })).toMatch(/not mapped/);
  });

  it('is refused in the code and status of its protocol', async () => {
    const authorize = createAuthorize(deployedAs({}), createCredentialStore(), surroundings);

    await expect(authorize(getSecret())).rejects.toMatchObject({ code: 'AccessDeniedException', status: 400 });
    await expect(authorize(call('lambda', 'Invoke', { FunctionName: 'f' }))).rejects.toMatchObject({
      code: 'AccessDeniedException',
      status: 403,
    });
    await expect(authorize(call('s3', 'GetObject', { Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      code: 'AccessDenied',
      status: 403,
    });
  });
});
