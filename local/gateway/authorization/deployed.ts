/** What is deployed, as far as policies go: read from the emulator, on public calls, and kept until it may have changed. */
import { CloudFormationClient, ListStacksCommand, type StackStatus } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsRequest } from '../request.ts';
import type { EmulatorClients, Scope } from './emulator-clients.ts';
import { readKey, type DeployedKey } from './deployed-key.ts';
import { readRole, type DeployedRole } from './deployed-role.ts';
import { readSecret, type DeployedSecret } from './deployed-secret.ts';
import { parsePolicy } from './policy-document.ts';
import { createReadCache } from './read-cache.ts';

export interface Deployed {
  role(arn: string): Promise<DeployedRole | undefined>;
  /** @param id name, ARN or partial ARN */
  secret(scope: Scope, id: string): Promise<DeployedSecret | undefined>;
  /** @param id key id, key ARN, alias name or alias ARN */
  key(scope: Scope, id: string): Promise<DeployedKey | undefined>;
  functionRole(functionArn: string): Promise<string | undefined>;
  functionPolicy(scope: Scope, name: string, qualifier?: string): Promise<unknown>;
  queuePolicy(scope: Scope, name: string): Promise<unknown>;
  bucketPolicy(scope: Scope, bucket: string): Promise<unknown>;
  /** Name of the attribute that is the partition key of a table. */
  partitionKey(scope: Scope, table: string): Promise<string | undefined>;
  /** Called before each call is passed to the emulator: a change makes what was read stale. */
  beforeForward(request: AwsRequest): void;
  /** And after it, for what was read in between. */
  afterForward(request: AwsRequest): void;
}

/** @param rotationFunctionArn the function that rotates a secret: the gateway keeps it, the emulator does not. */
export const createDeployed = (
  clients: EmulatorClients,
  rotationFunctionArn: (secretArn: string) => string | undefined = () => undefined,
): Deployed => {
  const cache = createReadCache();
  const keyOf = (kind: string, { account, region }: Scope, id: string): string =>
    [kind, account, region, id].join('\n');

  return {
    role: (arn) => cache.get(`role\n${arn}`, () => readRole(clients, arn)),
    secret: async (scope, id) => {
      const secret = await cache.get(keyOf('secret', scope, id), () => readSecret(clients, scope, id));
      const rotationLambdaArn = secret && rotationFunctionArn(secret.arn);
      return secret && rotationLambdaArn !== undefined ? { ...secret, rotationLambdaArn } : secret;
    },
    key: (scope, id) => cache.get(keyOf('key', scope, id), () => readKey(clients, scope, id)),
    functionRole: (functionArn) =>
      cache.get(`function role\n${functionArn}`, () => readFunctionRole(clients, functionArn)),
    functionPolicy: (scope, name, qualifier) =>
      cache.get(keyOf('function', scope, `${name}:${qualifier ?? ''}`), () =>
        readFunctionPolicy(clients, scope, name, qualifier),
      ),
    queuePolicy: (scope, name) => cache.get(keyOf('queue', scope, name), () => readQueuePolicy(clients, scope, name)),
    bucketPolicy: (scope, bucket) =>
      cache.get(keyOf('bucket', scope, bucket), () => readBucketPolicy(clients, scope, bucket)),
    partitionKey: (scope, table) =>
      cache.get(keyOf('table', scope, table), () => readPartitionKey(clients, scope, table)),
    beforeForward: ({ service, operation, caller, region }) => {
      if (service === 'cloudformation' && !isRead(operation)) {
        cache.unsettle(() => hasNoStackInProgress(clients, { account: caller.account, region }));
      }
    },
    afterForward: ({ service, operation }) => {
      if (policyServices.has(service) && !isRead(operation)) cache.forget();
    },
  };
};

/** Services in which something is kept that a decision rests on. */
const policyServices = new Set(['iam', 'kms', 'secretsmanager', 'lambda', 'sqs', 's3', 'dynamodb', 'cloudformation']);

/** Operations that change no policy, tag, alias or role; any other is taken for a change. */
const isRead = (operation: string): boolean =>
  /^(Get|List|Describe|Head|BatchGet|Invoke$|Send|Receive|DeleteMessage|ChangeMessageVisibility|PutObject$|(Put|Update|Delete|BatchWrite)Item$|UploadPart|Encrypt|Decrypt|GenerateDataKey|GenerateRandom|Validate|Estimate|DetectStack)/.test(
    operation,
  );

const hasNoStackInProgress = async (clients: EmulatorClients, scope: Scope): Promise<boolean> => {
  const { StackSummaries = [] } = await clients
    .of(CloudFormationClient, scope)
    .send(new ListStacksCommand({ StackStatusFilter: [...inProgress] }));
  return StackSummaries.length === 0;
};

/** A stack that waits for its first change set (REVIEW_IN_PROGRESS) does not change. */
const inProgress: readonly StackStatus[] = [
  'CREATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
  'ROLLBACK_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
];

const readFunctionRole = async (clients: EmulatorClients, functionArn: string): Promise<string | undefined> => {
  const [, , , region = '', account = ''] = functionArn.split(':');
  const configuration = await clients.ifFound(
    clients
      .of(LambdaClient, { account, region })
      .send(new GetFunctionConfigurationCommand({ FunctionName: functionArn })),
  );
  return configuration?.Role;
};

const readFunctionPolicy = async (
  clients: EmulatorClients,
  scope: Scope,
  name: string,
  qualifier: string | undefined,
): Promise<unknown> => {
  const answer = await clients.ifFound(
    clients
      .of(LambdaClient, scope)
      .send(new GetPolicyCommand({ FunctionName: name, ...(qualifier !== undefined && { Qualifier: qualifier }) })),
  );
  return parsePolicy(answer?.Policy);
};

const readQueuePolicy = async (clients: EmulatorClients, scope: Scope, name: string): Promise<unknown> => {
  const answer = await clients.ifFound(
    clients.of(SQSClient, scope).send(
      new GetQueueAttributesCommand({
        QueueUrl: `${clients.emulator}/${scope.account}/${name}`,
        AttributeNames: ['Policy'],
      }),
    ),
  );
  return parsePolicy(answer?.Attributes?.Policy);
};

const readBucketPolicy = async (clients: EmulatorClients, scope: Scope, bucket: string): Promise<unknown> => {
  const answer = await clients.ifFound(
    clients.of(S3Client, scope).send(new GetBucketPolicyCommand({ Bucket: bucket })),
  );
  return parsePolicy(answer?.Policy);
};

const readPartitionKey = async (clients: EmulatorClients, scope: Scope, table: string): Promise<string | undefined> => {
  const answer = await clients.ifFound(
    clients.of(DynamoDBClient, scope).send(new DescribeTableCommand({ TableName: table })),
  );
  return answer?.Table?.KeySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
};
