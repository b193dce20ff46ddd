/**
 * What the project takes for granted of Secrets Manager, from its API reference:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretVersionStageCommand,
  type CreateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  eventually,
  policyDocument,
  startContractTarget,
  type ContractTarget,
} from '../../_helpers/contract-target.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';

const rotationFunction = join(import.meta.dirname, '../../_fixtures/rotation-function.ts');

let target: ContractTarget;
let client: SecretsManagerClient;

beforeAll(async () => {
  target = await startContractTarget();
  client = new SecretsManagerClient(target.configuration);
});

afterAll(async () => {
  await target.stop();
  client.destroy();
});

const createSecret = async (more: Partial<CreateSecretCommandInput> = {}) => {
  const ClientRequestToken = randomUUID();
  const { ARN: SecretId = '' } = await client.send(
    new CreateSecretCommand({
      Name: target.unique(randomUUID()),
      SecretString: 'one',
      ClientRequestToken,
      ...more,
    }),
  );
  target.onStop(() => client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })));
  return { SecretId, first: ClientRequestToken };
};

const putPending = async (SecretId: string) => {
  const ClientRequestToken = randomUUID();
  await client.send(
    new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: 'two', VersionStages: ['AWSPENDING'] }),
  );
  return ClientRequestToken;
};

const labels = async (SecretId: string) =>
  (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};

const valueOf = async (SecretId: string, choice: { VersionId?: string; VersionStage?: string } = {}) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...choice }))).SecretString;

describe('DescribeSecret', () => {
  it('tells name, ARN with six more characters, tags, and labels by version', async () => {
    const Tags = [{ Key: 'strongroom:application', Value: 'payments' }];
    const { SecretId, first } = await createSecret({ Tags });

    const description = await client.send(new DescribeSecretCommand({ SecretId }));

    expect(SecretId).toMatch(
      new RegExp(`^arn:aws:secretsmanager:${target.region}:${target.account}:secret:.*-[A-Za-z0-9]{6}$`),
    );
    expect(description).toMatchObject({ ARN: SecretId, Tags, VersionIdsToStages: { [first]: ['AWSCURRENT'] } });
    expect(description.RotationEnabled ?? false).toBe(false);
    expect(description.LastRotatedDate).toBeUndefined();
    expect(description.NextRotationDate).toBeUndefined();
  });

  it('does not know a secret that is not there', async () => {
    await expect(client.send(new DescribeSecretCommand({ SecretId: target.unique('nowhere') }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('TagResource and UntagResource', () => {
  const mark = { Key: 'strongroom:pending/47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU', Value: randomUUID() };
  const application = { Key: 'strongroom:application', Value: 'payments' };

  it('add one tag and take it away, and leave the others', async () => {
    const { SecretId } = await createSecret({ Tags: [application] });
    const tags = async () => (await client.send(new DescribeSecretCommand({ SecretId }))).Tags;

    await client.send(new TagResourceCommand({ SecretId, Tags: [mark] }));
    expect(await tags()).toEqual(expect.arrayContaining([application, mark]));

    await client.send(new UntagResourceCommand({ SecretId, TagKeys: [mark.Key] }));
    expect(await tags()).toEqual([application]);
  });

  it('takes a tag that is not there away without an error', async () => {
    const { SecretId } = await createSecret({ Tags: [application] });

    await client.send(new UntagResourceCommand({ SecretId, TagKeys: [mark.Key] }));

    expect((await client.send(new DescribeSecretCommand({ SecretId }))).Tags).toEqual([application]);
  });

  it('does not know a secret that is not there', async () => {
    await expect(
      client.send(new TagResourceCommand({ SecretId: target.unique('nowhere'), Tags: [mark] })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('GetSecretValue', () => {
  it('reads AWSCURRENT unless a version or label is named', async () => {
    const { SecretId, first } = await createSecret();
    const pending = await putPending(SecretId);

    expect(await valueOf(SecretId)).toBe('one');
    expect(await valueOf(SecretId, { VersionStage: 'AWSPENDING' })).toBe('two');
    expect(await valueOf(SecretId, { VersionId: pending })).toBe('two');
    expect(await valueOf(SecretId, { VersionId: first, VersionStage: 'AWSCURRENT' })).toBe('one');
  });

  it('does not find a label that no version has', async () => {
    const { SecretId } = await createSecret();

    await expect(valueOf(SecretId, { VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
  });

  it('refuses a secret that is marked for deletion', async () => {
    const { SecretId } = await createSecret();
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));

    await expect(valueOf(SecretId)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    });
  });
});

describe('PutSecretValue', () => {
  it('does nothing for the same token and value, and refuses another value for the token', async () => {
    const { SecretId } = await createSecret();
    const put = { SecretId, ClientRequestToken: randomUUID(), SecretString: 'two', VersionStages: ['AWSPENDING'] };
    await client.send(new PutSecretValueCommand(put));
    const before = await labels(SecretId);

    await client.send(new PutSecretValueCommand(put));
    await expect(client.send(new PutSecretValueCommand({ ...put, SecretString: 'three' }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });

    expect(await labels(SecretId)).toEqual(before);
    expect(await valueOf(SecretId, { VersionStage: 'AWSPENDING' })).toBe('two');
  });

  it('leaves AWSCURRENT where it is for a version with other labels', async () => {
    const { SecretId, first } = await createSecret();
    const pending = await putPending(SecretId);

    expect(await labels(SecretId)).toEqual({ [first]: ['AWSCURRENT'], [pending]: ['AWSPENDING'] });
  });
});

describe('UpdateSecretVersionStage', () => {
  const moving = async () => {
    const { SecretId, first } = await createSecret();
    const pending = await putPending(SecretId);
    const move = (MoveToVersionId?: string, RemoveFromVersionId?: string, VersionStage = 'AWSCURRENT') =>
      client.send(
        new UpdateSecretVersionStageCommand({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }),
      );
    return { SecretId, first, pending, move };
  };

  it('moves AWSCURRENT, and AWSPREVIOUS to where it was', async () => {
    const { SecretId, first, pending, move } = await moving();

    await move(pending, first);

    const after = await labels(SecretId);
    expect(after[first]).toEqual(['AWSPREVIOUS']);
    expect(after[pending]).toContain('AWSCURRENT');
    expect(await valueOf(SecretId)).toBe('two');
  });

  it('is a compare-and-swap: who names another holder, or none, moves nothing', async () => {
    const { SecretId, first, pending, move } = await moving();
    const before = await labels(SecretId);

    for (const attempt of [() => move(pending), () => move(pending, pending), () => move(undefined, first)]) {
      await expect(attempt()).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }

    expect(await labels(SecretId)).toEqual(before);
  });

  it('takes AWSPENDING away from a version', async () => {
    const { SecretId, first, pending, move } = await moving();

    await move(undefined, pending, 'AWSPENDING');

    expect(await labels(SecretId)).toEqual({ [first]: ['AWSCURRENT'] });
  });
});

describe('RotateSecret', () => {
  let functionArn: string;

  beforeAll(async () => {
    const name = target.unique('rotation');
    functionArn = await deployFunction(target.configuration, {
      name,
      entry: rotationFunction,
      account: target.account,
      allow: ['secretsmanager:*'],
      invokedBy: 'secretsmanager.amazonaws.com',
    });
    target.onStop(async () => {
      const lambda = new LambdaClient(target.configuration);
      const iam = new IAMClient(target.configuration);
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'allow' }));
      await iam.send(new DeleteRoleCommand({ RoleName: name }));
      lambda.destroy();
      iam.destroy();
    });
  });

  it('needs a function', async () => {
    const { SecretId } = await createSecret();

    await expect(client.send(new RotateSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'No Lambda rotation function ARN is associated with this secret.',
    });
  });

  it('makes a version that becomes current once the function has run its steps', async () => {
    const { SecretId, first } = await createSecret();
    const ClientRequestToken = randomUUID();

    const { VersionId } = await client.send(
      new RotateSecretCommand({
        SecretId,
        ClientRequestToken,
        RotationLambdaARN: functionArn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );

    expect(VersionId).toBe(ClientRequestToken);
    await eventually(async () => {
      expect((await labels(SecretId))[ClientRequestToken]).toContain('AWSCURRENT');
      expect((await client.send(new DescribeSecretCommand({ SecretId }))).LastRotatedDate).toBeInstanceOf(Date);
    });
    expect((await labels(SecretId))[first]).toEqual(['AWSPREVIOUS']);
    expect(await valueOf(SecretId)).toBe(`value of ${ClientRequestToken}`);
    expect(await client.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
      NextRotationDate: expect.any(Date) as Date,
    });
  });

  it('refuses while AWSPENDING is on another version than AWSCURRENT', async () => {
    const { SecretId } = await createSecret();
    await putPending(SecretId);

    await expect(
      client.send(
        new RotateSecretCommand({
          SecretId,
          RotationLambdaARN: functionArn,
          RotationRules: { AutomaticallyAfterDays: 30 },
        }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
  });

  it('with RotateImmediately false leaves the value and no pending version behind', async () => {
    const { SecretId, first } = await createSecret();

    await client.send(
      new RotateSecretCommand({
        SecretId,
        RotationLambdaARN: functionArn,
        RotationRules: { ScheduleExpression: 'rate(30 days)' },
        RotateImmediately: false,
      }),
    );

    await eventually(async () => {
      expect(await labels(SecretId)).toEqual({ [first]: ['AWSCURRENT'] });
    });
    expect(await valueOf(SecretId)).toBe('one');
  });

  it('is turned off by CancelRotateSecret', async () => {
    const { SecretId } = await createSecret();
    await client.send(
      new RotateSecretCommand({
        SecretId,
        RotationLambdaARN: functionArn,
        RotationRules: { AutomaticallyAfterDays: 30 },
        RotateImmediately: false,
      }),
    );

    await client.send(new CancelRotateSecretCommand({ SecretId }));

    expect((await client.send(new DescribeSecretCommand({ SecretId }))).RotationEnabled).toBe(false);
  });
});

describe('ListSecretVersionIds', () => {
  it('shows versions with a label, and the others on request', async () => {
    const { SecretId, first } = await createSecret();
    for (const SecretString of ['two', 'three'])
      await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    const list = async (IncludeDeprecated: boolean) =>
      (await client.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated }))).Versions?.map(
        ({ VersionId }) => VersionId,
      );

    expect(await list(false)).not.toContain(first);
    expect(await list(true)).toContain(first);
  });
});

describe('access', () => {
  it('is refused without a policy that allows it, and by a policy of the secret that denies it', async () => {
    const { SecretId } = await createSecret();
    const stranger = await target.role(target.unique('stranger'), [
      { Effect: 'Allow', Action: 'secretsmanager:ListSecrets', Resource: '*' },
    ]);
    const reader = await target.role(target.unique('reader'), [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SecretId },
    ]);
    const [asStranger, asReader] = [new SecretsManagerClient(stranger), new SecretsManagerClient(reader)];
    target.onStop(() => {
      asStranger.destroy();
      asReader.destroy();
      return Promise.resolve();
    });
    const read = new GetSecretValueCommand({ SecretId });

    expect((await eventually(() => asReader.send(read))).SecretString).toBe('one');
    await expect(asStranger.send(read)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(
        /is not authorized to perform: secretsmanager:GetSecretValue on resource: .* because no identity-based policy allows/,
      ) as string,
    });
    await client.send(
      new PutResourcePolicyCommand({
        SecretId,
        ResourcePolicy: policyDocument([
          { Effect: 'Deny', Principal: { AWS: reader.arn }, Action: 'secretsmanager:GetSecretValue', Resource: '*' },
        ]),
      }),
    );
    await eventually(async () => {
      await expect(asReader.send(read)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringMatching(/with an explicit deny in a resource-based policy/) as string,
      });
    });
  });

  it('needs the key too, where the secret has one of its own', async () => {
    const kms = new KMSClient(target.configuration);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: target.unique('key') }));
    const KeyId = KeyMetadata?.Arn ?? '';
    target.onStop(async () => {
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      kms.destroy();
    });
    const { SecretId } = await createSecret({ KmsKeyId: KeyId });
    const configuration = await target.role(target.unique('keyless'), [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SecretId },
    ]);
    const asKeyless = new SecretsManagerClient(configuration);
    target.onStop(() => {
      asKeyless.destroy();
      return Promise.resolve();
    });

    await eventually(async () => {
      await expect(asKeyless.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: 'Access to KMS is not allowed',
      });
    });
    expect(await valueOf(SecretId)).toBe('one');
  });
});

describe('ListSecrets', () => {
  it('finds by beginnings of tags, each filter in its turn, and tells labels and tags', async () => {
    const key = target.unique('environment');
    const tagged = (value: string) => createSecret({ Tags: [{ Key: key, Value: value }] });
    const { SecretId: prod } = await tagged('prod');
    const { SecretId: europe } = await tagged('prod-eu');
    await tagged('dev');
    const list = async (...values: string[]) => {
      const { SecretList = [] } = await client.send(
        new ListSecretsCommand({
          Filters: [
            { Key: 'tag-key', Values: [key] },
            { Key: 'tag-value', Values: values },
          ],
        }),
      );
      return SecretList;
    };

    await eventually(async () => {
      expect((await list('prod')).map(({ ARN }) => ARN).sort()).toEqual([prod, europe].sort());
      expect((await list('prod-')).map(({ ARN }) => ARN)).toEqual([europe]);
      expect(await list('prod-eu', 'dev')).toHaveLength(2);
      expect(await list('eu')).toEqual([]);
    });
    const [found] = await list('prod-eu');
    expect(found?.Tags).toContainEqual({ Key: key, Value: 'prod-eu' });
    expect(Object.values(found?.SecretVersionsToStages ?? {})).toEqual([['AWSCURRENT']]);
  });
});
