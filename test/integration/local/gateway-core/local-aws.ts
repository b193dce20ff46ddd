/** SDK clients of whoever has keys of a local AWS, and roles made for a test. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { LocalAws } from '../../../../local/aws.ts';

export const account = '111122223333';
export const otherAccount = '444455556666';
export const region = 'eu-west-1';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Clients that ask once: a refusal must be the first answer. */
export const clientsWith = ({ endpoint }: Pick<LocalAws, 'endpoint'>, credentials: Keys) => {
  const configuration = { endpoint, region, credentials, maxAttempts: 1 };
  return {
    iam: new IAMClient(configuration),
    kms: new KMSClient(configuration),
    lambda: new LambdaClient(configuration),
    s3: new S3Client({ ...configuration, forcePathStyle: true }),
    secrets: new SecretsManagerClient(configuration),
    sqs: new SQSClient(configuration),
    sts: new STSClient(configuration),
  };
};

export const administratorOf = (aws: LocalAws, of = account) => clientsWith(aws, aws.accounts[of]!);

export const allow = (actions: readonly string[], resource: unknown = '*', condition?: unknown) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
  ...(condition !== undefined && { Condition: condition }),
});

export const policy = (...statements: readonly unknown[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const trust = (principal: unknown, condition?: unknown) =>
  policy({
    Effect: 'Allow',
    Principal: principal,
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    ...(condition !== undefined && { Condition: condition }),
  });

/** A role that the account's principals may assume, as far as their own policies go. */
export const makeRole = async (
  aws: LocalAws,
  name: string,
  statements: readonly unknown[],
  trustPolicy = trust({ AWS: `arn:aws:iam::${account}:root` }),
): Promise<string> => {
  const { iam } = administratorOf(aws);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trustPolicy }));
  if (statements.length > 0) {
    await iam.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: 'inline', PolicyDocument: policy(...statements) }),
    );
  }
  return Role?.Arn ?? '';
};

export const assume = async (
  aws: LocalAws,
  roleArn: string,
  options: {
    readonly by?: Keys;
    readonly Policy?: string;
    readonly SerialNumber?: string;
    readonly TokenCode?: string;
    readonly Tags?: { Key: string; Value: string }[];
  } = {},
): Promise<Keys> => {
  const { by = aws.accounts[account]!, ...parameters } = options;
  const { Credentials } = await clientsWith(aws, by).sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test', ...parameters }),
  );
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
};
