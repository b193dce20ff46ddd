import { CreateAliasCommand, CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DeleteRolePolicyCommand,
  GetPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import {
  account,
  administratorOf,
  allow,
  assume,
  clientsWith,
  makeRole,
  otherAccount,
  policy,
  region,
  trust,
} from './local-aws.ts';

const read = ['secretsmanager:GetSecretValue'];

describe('the policies of what is deployed', () => {
  let aws: LocalAws;
  const defects: unknown[] = [];
  let names = 0;

  beforeAll(async () => {
    aws = await startLocalAws({ accounts: [account, otherAccount], region, onDefect: (error) => defects.push(error) });
  });

  afterAll(async () => {
    await aws.stop();
    expect(defects).toEqual([]);
  });

  const makeSecret = async (kmsKeyId?: string): Promise<string> => {
    const { ARN } = await administratorOf(aws).secrets.send(
      new CreateSecretCommand({ Name: `policies/${names++}`, SecretString: 'value', KmsKeyId: kmsKeyId }),
    );
    return ARN!;
  };

  const reading = async (roleArn: string, secret: string) => {
    const { secrets } = clientsWith(aws, await assume(aws, roleArn));
    return secrets.send(new GetSecretValueCommand({ SecretId: secret }));
  };

  describe('of a role', () => {
    it('let it read what they name, and nothing else', async () => {
      const [named, other] = [await makeSecret(), await makeSecret()];
      const role = await makeRole(aws, 'reader', [allow(read, named)]);

      await expect(reading(role, named)).resolves.toMatchObject({ SecretString: 'value' });
      await expect(reading(role, other)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message:
          `User: arn:aws:sts::${account}:assumed-role/reader/test is not authorized to perform: ` +
          `secretsmanager:GetSecretValue on resource: ${other} because no identity-based policy allows the ` +
          'secretsmanager:GetSecretValue action',
      });
    });

    it('hold from the moment they are written, and no longer than that', async () => {
      const { iam } = administratorOf(aws);
      const secret = await makeSecret();
      const role = await makeRole(aws, 'changing', []);
      await expect(reading(role, secret)).rejects.toMatchObject({ name: 'AccessDeniedException' });

      await iam.send(
        new PutRolePolicyCommand({
          RoleName: 'changing',
          PolicyName: 'p',
          PolicyDocument: policy(allow(read, secret)),
        }),
      );
      await expect(reading(role, secret)).resolves.toBeDefined();

      await iam.send(new DeleteRolePolicyCommand({ RoleName: 'changing', PolicyName: 'p' }));
      await expect(reading(role, secret)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    });

    it('count when they are managed ones, and its permissions boundary bounds them', async () => {
      const { iam } = administratorOf(aws);
      const secret = await makeSecret();
      const role = await makeRole(aws, 'managed', []);
      const make = async (name: string, document: string) =>
        (await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document }))).Policy!.Arn!;

      await iam.send(
        new AttachRolePolicyCommand({ RoleName: 'managed', PolicyArn: await make('may-read', policy(allow(read))) }),
      );
      await expect(reading(role, secret)).resolves.toBeDefined();

      await iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: 'managed',
          PermissionsBoundary: await make('only-kms', policy(allow(['kms:*']))),
        }),
      );
      await expect(reading(role, secret)).rejects.toMatchObject({
        message: expect.stringContaining('no permissions boundary allows') as string,
      });
    });

    it('are narrowed by the policy that its session was given', async () => {
      const secret = await makeSecret();
      const role = await makeRole(aws, 'narrowed', [allow(['secretsmanager:*'])]);
      const keys = await assume(aws, role, { Policy: policy(allow(['secretsmanager:DescribeSecret'])) });
      const { secrets } = clientsWith(aws, keys);

      await expect(secrets.send(new DescribeSecretCommand({ SecretId: secret }))).resolves.toBeDefined();
      await expect(secrets.send(new GetSecretValueCommand({ SecretId: secret }))).rejects.toMatchObject({
        message: expect.stringContaining('no session policy allows') as string,
      });
    });

    it('refuse what the gateway has not mapped to its resource, and say so', async () => {
      const role = await makeRole(aws, 'unmapped', [allow(['*'])]);
      const { iam } = clientsWith(aws, await assume(aws, role));

      await expect(
        iam.send(new GetPolicyCommand({ PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })),
      ).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining('iam:GetPolicy is not mapped to its resource') as string,
      });
    });
  });

  describe('of a secret', () => {
    it('deny whom they deny, the administrator too', async () => {
      const secret = await makeSecret();
      const reader = await makeRole(aws, 'declared', [allow(read, secret)]);
      const stranger = await makeRole(aws, 'undeclared', [allow(read, secret)]);
      await administratorOf(aws).secrets.send(
        new PutResourcePolicyCommand({
          SecretId: secret,
          ResourcePolicy: policy({
            Effect: 'Deny',
            Principal: '*',
            Action: read,
            Resource: '*',
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': [reader] } },
          }),
        }),
      );
      const denied = {
        name: 'AccessDeniedException',
        message: expect.stringContaining('with an explicit deny in a resource-based policy') as string,
      };

      await expect(reading(reader, secret)).resolves.toBeDefined();
      await expect(reading(stranger, secret)).rejects.toMatchObject(denied);
      await expect(
        administratorOf(aws).secrets.send(new GetSecretValueCommand({ SecretId: secret })),
      ).rejects.toMatchObject(denied);
    });

    it("are needed beside the role's own from another account", async () => {
      const key = await makeKey([
        administration,
        { ...administration, Principal: { AWS: `arn:aws:iam::${otherAccount}:root` } },
      ]);
      const secret = await makeSecret(key);
      const elsewhere = administratorOf(aws, otherAccount).secrets;
      const get = new GetSecretValueCommand({ SecretId: secret });
      await expect(elsewhere.send(get)).rejects.toMatchObject({ name: 'AccessDeniedException' });

      await administratorOf(aws).secrets.send(
        new PutResourcePolicyCommand({
          SecretId: secret,
          ResourcePolicy: policy({
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${otherAccount}:root` },
            Action: read,
            Resource: '*',
          }),
        }),
      );
      await expect(elsewhere.send(get)).resolves.toMatchObject({ SecretString: 'value' });
    });
  });

  const administration = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  const makeKey = async (statements: readonly unknown[]): Promise<string> => {
    const { KeyMetadata } = await administratorOf(aws).kms.send(
      new CreateKeyCommand({ Policy: policy(...statements) }),
    );
    return KeyMetadata!.Arn!;
  };

  describe('of a key', () => {
    it('decide over the value of its secrets, by the encryption context', async () => {
      const key = await makeKey([administration]);
      const [named, other] = [await makeSecret(key), await makeSecret(key)];
      const decrypt = (secret: string) =>
        allow(['kms:Decrypt'], key, {
          StringEquals: {
            'kms:EncryptionContext:SecretARN': secret,
            'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
          },
        });
      const role = await makeRole(aws, 'key-user', [allow(read), decrypt(named)]);

      await expect(reading(role, named)).resolves.toMatchObject({ SecretString: 'value' });
      await expect(reading(role, other)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: 'Access to KMS is not allowed',
      });
    });

    it('are found through the aliases that an identity policy refers to', async () => {
      const key = await makeKey([administration]);
      const secret = await makeSecret(key);
      const role = await makeRole(aws, 'alias-user', [
        allow(read),
        allow(['kms:Decrypt'], '*', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/test/high' } }),
      ]);
      await expect(reading(role, secret)).rejects.toMatchObject({ message: 'Access to KMS is not allowed' });

      await administratorOf(aws).kms.send(new CreateAliasCommand({ AliasName: 'alias/test/high', TargetKeyId: key }));
      await expect(reading(role, secret)).resolves.toBeDefined();
    });

    it('keep it for the service where they say so: nobody decrypts by hand', async () => {
      const key = await makeKey([
        {
          ...administration,
          Action: ['kms:Create*', 'kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:Put*', 'kms:Encrypt'],
        },
        {
          ...administration,
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
        },
      ]);
      const { kms, secrets } = administratorOf(aws);
      const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }));
      const secret = await makeSecret(key);

      await expect(secrets.send(new GetSecretValueCommand({ SecretId: secret }))).resolves.toBeDefined();
      await expect(kms.send(new DecryptCommand({ KeyId: key, CiphertextBlob }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('because no resource-based policy allows the kms:Decrypt action') as string,
      });
    });

    it('decide over writing too: a data key is made for each new version', async () => {
      const key = await makeKey([administration]);
      const secret = await makeSecret(key);
      const role = await makeRole(aws, 'writer', [allow(['secretsmanager:PutSecretValue']), allow(['kms:Decrypt'])]);
      const { secrets } = clientsWith(aws, await assume(aws, role));

      await expect(
        secrets.send(new PutSecretValueCommand({ SecretId: secret, SecretString: 'new' })),
      ).rejects.toMatchObject({ message: 'Access to KMS is not allowed' });
    });

    it('are tried before a secret may name the key', async () => {
      const key = await makeKey([
        { ...administration, Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:Put*'] },
      ]);

      await expect(makeSecret(key)).rejects.toMatchObject({ message: 'Access to KMS is not allowed' });
    });
  });

  describe('of trust', () => {
    it('admit whom they name', async () => {
      const trusted = await makeRole(aws, 'trusted', [allow(['sts:AssumeRole'])]);
      const stranger = await makeRole(aws, 'stranger', [allow(['sts:AssumeRole'])]);
      const target = await makeRole(aws, 'target', [], trust({ AWS: trusted }));

      await expect(assume(aws, target, { by: await assume(aws, trusted) })).resolves.toBeDefined();
      await expect(assume(aws, target, { by: await assume(aws, stranger) })).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringMatching(
          /is not authorized to perform: sts:AssumeRole on resource: .*role\/target/,
        ) as string,
      });
    });

    it("that admit an account leave it to the caller's own policies", async () => {
      const without = await makeRole(aws, 'without-permission', []);
      const target = await makeRole(aws, 'of-the-account', []);

      await expect(assume(aws, target, { by: await assume(aws, without) })).rejects.toMatchObject({
        message: expect.stringContaining('no identity-based policy allows the sts:AssumeRole action') as string,
      });
    });

    it('may ask for a second factor', async () => {
      const target = await makeRole(
        aws,
        'break-glass',
        [],
        trust({ AWS: `arn:aws:iam::${account}:root` }, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
      );

      await expect(assume(aws, target)).rejects.toMatchObject({ name: 'AccessDenied' });
      await expect(
        assume(aws, target, { SerialNumber: `arn:aws:iam::${account}:mfa/phone`, TokenCode: '123456' }),
      ).resolves.toBeDefined();
    });

    it('decide whether a service may run as the role', async () => {
      const role = await makeRole(
        aws,
        'task',
        [],
        trust({ Service: 'ecs-tasks.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': account } }),
      );

      const task = await aws.assumeForService({
        roleArn: role,
        service: 'ecs-tasks.amazonaws.com',
        sessionName: 'run',
      });

      expect(task.arn).toBe(`arn:aws:sts::${account}:assumed-role/task/run`);
      await expect(
        aws.assumeForService({ roleArn: role, service: 'lambda.amazonaws.com', sessionName: 'run' }),
      ).rejects.toMatchObject({ code: 'AccessDenied' });
    });

    it('of a role that does not exist admit nobody', async () => {
      await expect(assume(aws, `arn:aws:iam::${account}:role/nobody`)).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });
});
