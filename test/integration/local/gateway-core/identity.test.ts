import { execa } from 'execa';
import { join } from 'node:path';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { installEmulator } from '../../../../local/emulator/install.ts';
import { account, administratorOf, assume, clientsWith, makeRole, otherAccount, region } from './local-aws.ts';

describe('the callers of the local AWS', () => {
  let aws: LocalAws;
  const defects: unknown[] = [];

  beforeAll(async () => {
    aws = await startLocalAws({ accounts: [account, otherAccount], region, onDefect: (error) => defects.push(error) });
  });

  afterAll(async () => {
    await aws.stop();
    expect(defects).toEqual([]);
  });

  it('are who their keys say', async () => {
    const administrator = await administratorOf(aws).sts.send(new GetCallerIdentityCommand());
    const roleArn = await makeRole(aws, 'someone', []);
    const session = await clientsWith(aws, await assume(aws, roleArn)).sts.send(new GetCallerIdentityCommand());

    expect(administrator).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/administrator` });
    expect(session).toMatchObject({ Account: account, Arn: `arn:aws:sts::${account}:assumed-role/someone/test` });
    expect(session.UserId).toMatch(/^AROA[A-Z0-9]+:test$/);
  });

  it.each([
    [
      'JSON',
      'InvalidSignatureException',
      (clients: ReturnType<typeof clientsWith>) => clients.secrets.send(new ListSecretsCommand()),
    ],
    [
      'query',
      'SignatureDoesNotMatch',
      (clients: ReturnType<typeof clientsWith>) => clients.sts.send(new GetCallerIdentityCommand()),
    ],
    [
      'S3',
      'SignatureDoesNotMatch',
      (clients: ReturnType<typeof clientsWith>) => clients.s3.send(new ListBucketsCommand()),
    ],
    [
      'REST',
      'InvalidSignatureException',
      (clients: ReturnType<typeof clientsWith>) => clients.lambda.send(new ListFunctionsCommand()),
    ],
  ])('are refused with a wrong secret, in the words of the %s protocol', async (_protocol, name, call) => {
    const { accessKeyId } = aws.accounts[account]!;

    await expect(call(clientsWith(aws, { accessKeyId, secretAccessKey: 'not-the-secret' }))).rejects.toMatchObject({
      name,
      message: expect.stringContaining('signature we calculated does not match') as string,
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('are refused with a key that nobody gave out', async () => {
    const { secrets } = clientsWith(aws, { accessKeyId: account, secretAccessKey: 'test' });

    await expect(secrets.send(new ListSecretsCommand())).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('are refused with the session token of another session', async () => {
    const roleArn = await makeRole(aws, 'swapped', []);
    const [one, another] = [await assume(aws, roleArn), await assume(aws, roleArn)];

    const { sts } = clientsWith(aws, { ...one, sessionToken: another.sessionToken! });

    await expect(sts.send(new GetCallerIdentityCommand())).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('are refused without a signature', async () => {
    const response = await fetch(aws.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' },
      body: '{}',
    });

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it('see their own account alone', async () => {
    const { secrets } = administratorOf(aws);
    await secrets.send(new CreateSecretCommand({ Name: 'one/account', SecretString: 'canary-2f1c' }));

    const elsewhere = administratorOf(aws, otherAccount).secrets;

    await expect(elsewhere.send(new GetSecretValueCommand({ SecretId: 'one/account' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect((await elsewhere.send(new ListSecretsCommand())).SecretList).toEqual([]);
  });

  it('may send bodies that are signed in chunks or not at all, and keys that need escaping', async () => {
    const { s3 } = administratorOf(aws);
    await s3.send(new CreateBucketCommand({ Bucket: 'chunks' }));

    for (const Key of ['plain.txt', 'a folder/ü + c.txt']) {
      await s3.send(new PutObjectCommand({ Bucket: 'chunks', Key, Body: 'hello' }));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'chunks', Key }));
      expect(await Body?.transformToString()).toBe('hello');
    }
  });

  it('stay at the gateway where the service names an address', async () => {
    const { sqs } = administratorOf(aws);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'addresses' }));

    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'through the gateway' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));

    expect(QueueUrl).toBe(`${aws.endpoint}/${account}/addresses`);
    expect(Messages).toHaveLength(1);
  });

  it('may use an SDK that signs with its own code', async () => {
    const python = await installEmulator();
    const script =
      "import botocore.session as b; s = b.get_session(); c = s.create_client('sts'); print(c.get_caller_identity()['Arn']); " +
      "s3 = s.create_client('s3'); s3.create_bucket(Bucket='by-botocore', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'}); " +
      "s3.put_object(Bucket='by-botocore', Key='a b/ü', Body=b'x'); print(s3.get_object(Bucket='by-botocore', Key='a b/ü')['Body'].read().decode())";

    const { stdout } = await execa(join(python), ['-c', script], { env: aws.accounts[account]!.env, extendEnv: false });

    expect(stdout.split('\n')).toEqual([`arn:aws:iam::${account}:user/administrator`, 'x']);
  });
});
