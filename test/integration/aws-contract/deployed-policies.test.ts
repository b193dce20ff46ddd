/** What the gateway takes for granted when it reads the policies of what is deployed, from the API references. */
import { join } from 'node:path';

import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  ListStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand as GetFunctionPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { policyDocument, startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';

let target: ContractTarget;

beforeAll(async () => {
  target = await startContractTarget();
});

afterAll(async () => {
  await target.stop();
});

const readAnything = { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' };

/** IAM answers documents URL-encoded by RFC 3986. */
const decoded = (document: string | undefined): unknown => JSON.parse(decodeURIComponent(document ?? ''));

/** https://docs.aws.amazon.com/IAM/latest/APIReference/ */
describe('IAM', () => {
  it('tells the trust policy and the inline policies of a role', async () => {
    const name = target.unique('inline');
    const { arn } = await target.role(name, [readAnything]);
    const iam = new IAMClient(target.configuration);

    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName: name }));
    const inline = await iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: 'allow' }));
    iam.destroy();

    expect(Role).toMatchObject({ Arn: arn, MaxSessionDuration: 3600 });
    expect(Role?.RoleId).toMatch(/^AROA[A-Z0-9]+$/);
    expect(decoded(Role?.AssumeRolePolicyDocument)).toMatchObject({ Statement: [{ Action: 'sts:AssumeRole' }] });
    expect(PolicyNames).toEqual(['allow']);
    expect(decoded(inline.PolicyDocument)).toMatchObject({ Statement: [readAnything] });
  });

  it('tells the managed policies of a role, each in the version that is in force', async () => {
    const name = target.unique('managed');
    await target.role(name, [readAnything]);
    const iam = new IAMClient(target.configuration);
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: name, PolicyDocument: policyDocument([readAnything]) }),
    );
    const PolicyArn = Policy?.Arn;
    await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
    target.onStop(async () => {
      await iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
      await iam.send(new DeletePolicyCommand({ PolicyArn }));
      iam.destroy();
    });

    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
    const found = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn, VersionId: found.Policy?.DefaultVersionId }),
    );

    expect(AttachedPolicies).toEqual([{ PolicyName: name, PolicyArn }]);
    expect(found.Policy?.DefaultVersionId).toBe('v1');
    expect(decoded(PolicyVersion?.Document)).toMatchObject({ Statement: [readAnything] });
  });

  it('tells users with their path, and identity providers', async () => {
    const iam = new IAMClient(target.configuration);
    const UserName = target.unique('user');
    await iam.send(new CreateUserCommand({ UserName, Path: '/people/' }));
    const issuer = `${target.unique('ci')}.example.com`;
    const { OpenIDConnectProviderArn } = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://${issuer}`,
        ClientIDList: ['aws'],
        ThumbprintList: ['0123456789abcdef0123456789abcdef01234567'],
      }),
    );
    target.onStop(async () => {
      await iam.send(new DeleteUserCommand({ UserName }));
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      iam.destroy();
    });

    const { User } = await iam.send(new GetUserCommand({ UserName }));
    const { ClientIDList } = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));

    expect(User?.Arn).toBe(`arn:aws:iam::${target.account}:user/people/${UserName}`);
    expect(OpenIDConnectProviderArn).toBe(`arn:aws:iam::${target.account}:oidc-provider/${issuer}`);
    expect(ClientIDList).toEqual(['aws']);
  });

  it('does not find roles and policies that are not there', async () => {
    const iam = new IAMClient(target.configuration);
    const nowhere = 'strongroom-contract-nowhere';

    await expect(iam.send(new GetRoleCommand({ RoleName: nowhere }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    await expect(
      iam.send(new GetPolicyCommand({ PolicyArn: `arn:aws:iam::${target.account}:policy/${nowhere}` })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    iam.destroy();
  });
});

/** https://docs.aws.amazon.com/kms/latest/APIReference/ */
describe('KMS', () => {
  it('finds a key by its alias, and tells its policy, aliases and tags', async () => {
    const kms = new KMSClient(target.configuration);
    const AliasName = `alias/${target.unique('key')}`;
    const administration = {
      Sid: 'administration',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${target.account}:root` },
      Action: 'kms:*',
      Resource: '*',
    };
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Policy: policyDocument([administration]),
        Tags: [{ TagKey: 'environment', TagValue: 'dev' }],
      }),
    );
    const KeyId = KeyMetadata?.KeyId;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    target.onStop(async () => {
      await kms.send(new DeleteAliasCommand({ AliasName }));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      kms.destroy();
    });

    const described = await kms.send(new DescribeKeyCommand({ KeyId: AliasName }));
    const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
    const { Aliases = [] } = await kms.send(new ListAliasesCommand({ KeyId }));
    const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }));

    expect(described.KeyMetadata).toMatchObject({
      KeyId,
      Arn: `arn:aws:kms:${target.region}:${target.account}:key/${KeyId ?? ''}`,
    });
    expect(JSON.parse(Policy)).toMatchObject({ Statement: [administration] });
    expect(Aliases).toMatchObject([{ AliasName, TargetKeyId: KeyId }]);
    expect(Tags).toEqual([{ TagKey: 'environment', TagValue: 'dev' }]);
  });

  it('does not find a key that is not there, and says so to those alone who may ask', async () => {
    const kms = new KMSClient(target.configuration);
    const stranger = new KMSClient(await target.role(target.unique('keyless'), [readAnything]));
    const describeNowhere = new DescribeKeyCommand({ KeyId: 'alias/strongroom-contract-nowhere' });

    await expect(kms.send(describeNowhere)).rejects.toMatchObject({ name: 'NotFoundException' });
    await expect(stranger.send(describeNowhere)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    kms.destroy();
    stranger.destroy();
  });
});

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html */
describe('Secrets Manager GetResourcePolicy', () => {
  it('tells the policy as it was put, and none where there is none', async () => {
    const secrets = new SecretsManagerClient(target.configuration);
    const { ARN: SecretId } = await secrets.send(new CreateSecretCommand({ Name: target.unique('policy') }));
    target.onStop(async () => {
      await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
      secrets.destroy();
    });
    const deny = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' };

    const before = await secrets.send(new GetResourcePolicyCommand({ SecretId }));
    await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: policyDocument([deny]) }));
    const after = await secrets.send(new GetResourcePolicyCommand({ SecretId }));

    expect(before.ResourcePolicy).toBeUndefined();
    expect(JSON.parse(after.ResourcePolicy ?? '')).toMatchObject({ Statement: [deny] });
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/ */
describe('Lambda', () => {
  it('tells the role of a function and who may invoke it', async () => {
    const FunctionName = target.unique('invoked');
    const lambda = new LambdaClient(target.configuration);
    await deployFunction(target.configuration, {
      name: FunctionName,
      entry: join(import.meta.dirname, '../../_fixtures/echo-function.ts'),
      account: target.account,
      allow: ['logs:CreateLogGroup'],
      invokedBy: 'secretsmanager.amazonaws.com',
    });
    target.onStop(async () => {
      const iam = new IAMClient(target.configuration);
      await lambda.send(new DeleteFunctionCommand({ FunctionName }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: FunctionName, PolicyName: 'allow' }));
      await iam.send(new DeleteRoleCommand({ RoleName: FunctionName }));
      lambda.destroy();
      iam.destroy();
    });

    const { Role } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const { Policy = '' } = await lambda.send(new GetFunctionPolicyCommand({ FunctionName }));

    expect(Role).toBe(`arn:aws:iam::${target.account}:role/${FunctionName}`);
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'secretsmanager.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Condition: { StringEquals: { 'AWS:SourceAccount': target.account } },
        },
      ],
    });
  });

  it('does not find the role and the policy of a function that is not there', async () => {
    const lambda = new LambdaClient(target.configuration);
    const FunctionName = 'strongroom-contract-nowhere';
    const notFound = { name: 'ResourceNotFoundException' };

    await expect(lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).rejects.toMatchObject(notFound);
    await expect(lambda.send(new GetFunctionPolicyCommand({ FunctionName }))).rejects.toMatchObject(notFound);
    lambda.destroy();
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
describe('S3 GetBucketPolicy', () => {
  it('tells the policy as it was put, and that there is none', async () => {
    const s3 = new S3Client({ ...target.configuration, forcePathStyle: true });
    const Bucket = target.unique('bucket');
    const LocationConstraint = target.region as 'eu-west-1';
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
    target.onStop(async () => {
      await s3.send(new DeleteBucketCommand({ Bucket }));
      s3.destroy();
    });
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };

    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchBucketPolicy',
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyDocument([deny]) }));
    const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    expect(JSON.parse(Policy)).toMatchObject({ Statement: [deny] });
  });
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
describe('SQS GetQueueAttributes', () => {
  it('tells the policy of a queue, and none where there is none', async () => {
    const sqs = new SQSClient(target.configuration);
    const names = [target.unique('open'), target.unique('closed')] as const;
    const allow = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: `arn:aws:sqs:${target.region}:${target.account}:${names[0]}`,
    };
    const policyOf = async (QueueName: string, Attributes?: Record<string, string>): Promise<string | undefined> => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, ...(Attributes && { Attributes }) }));
      target.onStop(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
      const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }));
      return answer.Attributes?.Policy;
    };

    expect(JSON.parse((await policyOf(names[0], { Policy: policyDocument([allow]) })) ?? '')).toMatchObject({
      Statement: [allow],
    });
    expect(await policyOf(names[1])).toBeUndefined();
  });
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html */
describe('CloudFormation ListStacks', () => {
  it('lists by status: a stack that has come to rest is not in progress', async () => {
    const cloudFormation = new CloudFormationClient(target.configuration);
    const StackName = target.unique('stack');
    await cloudFormation.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } } }),
      }),
    );
    target.onStop(async () => {
      await cloudFormation.send(new DeleteStackCommand({ StackName }));
      cloudFormation.destroy();
    });
    await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 600 }, { StackName });
    const named = async (status: 'CREATE_COMPLETE' | 'CREATE_IN_PROGRESS'): Promise<boolean> => {
      const { StackSummaries = [] } = await cloudFormation.send(new ListStacksCommand({ StackStatusFilter: [status] }));
      return StackSummaries.some((stack) => stack.StackName === StackName);
    };

    expect(await named('CREATE_COMPLETE')).toBe(true);
    expect(await named('CREATE_IN_PROGRESS')).toBe(false);
  });
});
