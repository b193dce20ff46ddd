import { randomUUID } from 'node:crypto';

import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  BatchGetSecretValueCommand,
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';

const account = '111122223333';
const region = 'eu-west-1';

let aws: LocalAws;
let client: SecretsManagerClient;
let keyArn: string;
const defects: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  client = new SecretsManagerClient({ ...configuration, maxAttempts: 1 });
  const kms = new KMSClient(configuration);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  keyArn = KeyMetadata?.Arn ?? '';
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: keyArn }));
  kms.destroy();
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  expect(defects).toEqual([]);
});

/** Service events of a secret, and uses of keys for it. */
const recordsOf = async (secretArn: string) => {
  await aws.cloudTrail.flush();
  return aws.cloudTrail
    .records()
    .filter((record) => record.eventType === 'AwsServiceEvent' || record.eventSource === 'kms.amazonaws.com')
    .filter((record) => JSON.stringify(record).includes(secretArn));
};

const readStale = (operation: string) =>
  aws.faults.inject({ service: 'secretsmanager', operation, kind: 'stale-read' });

const create = async (SecretString?: string) => {
  const token = randomUUID();
  const { ARN = '', VersionId } = await client.send(
    new CreateSecretCommand({ Name: `test/${randomUUID()}`, ClientRequestToken: token, SecretString }),
  );
  return { SecretId: ARN, token, VersionId };
};

const labels = async (SecretId: string) =>
  (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};

const valueOf = async (SecretId: string, choice: { VersionId?: string; VersionStage?: string } = {}) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...choice }))).SecretString;

const failure = (name: string, message: string | RegExp) => ({
  name,
  message: expect.stringMatching(message) as string,
});

describe('CreateSecret', () => {
  it('names the first version by its token, and answers the same request again with the same secret', async () => {
    const Name = `test/${randomUUID()}`;
    const request = new CreateSecretCommand({ Name, ClientRequestToken: randomUUID(), SecretString: 'one' });

    const first = await client.send(request);
    const again = await client.send(request);

    expect(first.VersionId).toBe(request.input.ClientRequestToken);
    expect({ ARN: again.ARN, VersionId: again.VersionId }).toEqual({ ARN: first.ARN, VersionId: first.VersionId });
    expect(await labels(Name)).toEqual({ [first.VersionId ?? '']: ['AWSCURRENT'] });
    const listed = await client.send(new ListSecretVersionIdsCommand({ SecretId: Name, IncludeDeprecated: true }));
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual([first.VersionId]);
  });

  it('refuses a name that is taken, one that is scheduled for deletion, and one with a character of no name', async () => {
    const Name = `test/${randomUUID()}`;
    await client.send(new CreateSecretCommand({ Name, SecretString: 'one' }));

    await expect(client.send(new CreateSecretCommand({ Name, SecretString: 'two' }))).rejects.toMatchObject(
      failure('ResourceExistsException', `The operation failed because the secret ${Name} already exists`),
    );
    await client.send(new DeleteSecretCommand({ SecretId: Name }));
    await expect(client.send(new CreateSecretCommand({ Name, SecretString: 'two' }))).rejects.toMatchObject(
      failure('InvalidRequestException', /already scheduled for deletion/),
    );
    await expect(client.send(new CreateSecretCommand({ Name: 'no spaces', SecretString: 'x' }))).rejects.toMatchObject(
      failure('ValidationException', /^Invalid name/),
    );
  });

  it('makes no version where there is no value', async () => {
    const { SecretId, VersionId } = await create();

    expect(VersionId).toBeUndefined();
    expect(await labels(SecretId)).toEqual({});
    await expect(valueOf(SecretId)).rejects.toMatchObject(
      failure(
        'ResourceNotFoundException',
        "^Secrets Manager can't find the specified secret value for staging label: AWSCURRENT$",
      ),
    );
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'first' }));
    expect(await valueOf(SecretId)).toBe('first');
    expect(Object.values(await labels(SecretId))).toEqual([['AWSCURRENT']]);
  });
});

describe('PutSecretValue', () => {
  it('does nothing for the same token and value, and refuses another value', async () => {
    const { SecretId, token } = await create('one');
    const put = { SecretId, ClientRequestToken: randomUUID(), SecretString: 'two' };
    await client.send(new PutSecretValueCommand(put));
    const before = await labels(SecretId);

    const again = await client.send(new PutSecretValueCommand(put));

    expect(again.VersionStages).toEqual(['AWSCURRENT']);
    await expect(client.send(new PutSecretValueCommand({ ...put, SecretString: 'three' }))).rejects.toMatchObject(
      failure('ResourceExistsException', put.ClientRequestToken),
    );
    expect(await labels(SecretId)).toEqual(before);
    expect(before).toEqual({ [token]: ['AWSPREVIOUS'], [put.ClientRequestToken]: ['AWSCURRENT'] });
    expect(await valueOf(SecretId)).toBe('two');
  });

  it('keeps three generations: the oldest loses its labels and stays readable by its id', async () => {
    const { SecretId, token } = await create('one');
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'two' }));
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'three' }));

    expect(await valueOf(SecretId, { VersionStage: 'AWSPREVIOUS' })).toBe('two');
    expect(await labels(SecretId)).not.toHaveProperty(token);
    expect(await valueOf(SecretId, { VersionId: token })).toBe('one');
    const shown = await client.send(new ListSecretVersionIdsCommand({ SecretId }));
    const all = await client.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }));
    expect([shown.Versions?.length, all.Versions?.length]).toEqual([2, 3]);
  });

  it('moves a label that another version has', async () => {
    const { SecretId, token } = await create('one');
    const [a, b] = [randomUUID(), randomUUID()];
    for (const ClientRequestToken of [a, b]) {
      await client.send(
        new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: 'x', VersionStages: ['AWSPENDING'] }),
      );
    }

    expect(await labels(SecretId)).toEqual({ [token]: ['AWSCURRENT'], [b]: ['AWSPENDING'] });
  });

  it('ends a rotation that is not complete when a value is put by hand', async () => {
    const { SecretId } = await create('one');
    const pending = randomUUID();
    await client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: pending,
        SecretString: 'x',
        VersionStages: ['AWSPENDING'],
      }),
    );

    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'by hand' }));

    expect(Object.values(await labels(SecretId)).flat()).not.toContain('AWSPENDING');
    expect(await recordsOf(SecretId)).toMatchObject([
      { eventName: 'RotationAbandoned', requestID: `Rotation-${SecretId}-${pending}` },
    ]);
  });

  it.each([
    [{}, 'InvalidRequestException', 'You must provide either SecretString or SecretBinary.'],
    [{ SecretString: 'a', SecretBinary: Buffer.from('b') }, 'InvalidParameterException', /both a binary/],
    [{ SecretString: 'a', ClientRequestToken: 'short' }, 'InvalidParameterException', /32-64 characters/],
    [{ SecretString: 'a'.repeat(65_537) }, 'ValidationException', /'secretString' .* 65536$/],
    [{ SecretString: 'a', VersionStages: [] }, 'InvalidParameterException', /between 1 and 20/],
  ])('refuses a bad write %#', async (write, name, message) => {
    const { SecretId } = await create('one');

    await expect(client.send(new PutSecretValueCommand({ SecretId, ...write }))).rejects.toMatchObject(
      failure(name, message),
    );
  });
});

describe('UpdateSecret', () => {
  it('puts a value under its token, and changes metadata without one', async () => {
    const { SecretId, token } = await create('one');
    const next = randomUUID();

    await client.send(new UpdateSecretCommand({ SecretId, Description: 'new words' }));
    expect(await labels(SecretId)).toEqual({ [token]: ['AWSCURRENT'] });
    const { VersionId } = await client.send(
      new UpdateSecretCommand({ SecretId, SecretString: 'two', ClientRequestToken: next }),
    );

    expect(VersionId).toBe(next);
    expect(await labels(SecretId)).toEqual({ [token]: ['AWSPREVIOUS'], [next]: ['AWSCURRENT'] });
    expect((await client.send(new DescribeSecretCommand({ SecretId }))).Description).toBe('new words');
  });
});

describe('GetSecretValue', () => {
  it.each([
    ['a label that is nowhere', { VersionStage: 'NOWHERE' }, 'ResourceNotFoundException', 'staging label: NOWHERE$'],
    [
      'a version that is not there',
      { VersionId: 'f'.repeat(32) },
      'ResourceNotFoundException',
      `VersionId: ${'f'.repeat(32)}$`,
    ],
  ])('does not find %s', async (_what, choice, name, message) => {
    const { SecretId } = await create('one');

    await expect(valueOf(SecretId, choice)).rejects.toMatchObject(failure(name, message));
  });

  it('refuses a label that the version does not have', async () => {
    const { SecretId, token } = await create('one');

    await expect(valueOf(SecretId, { VersionId: token, VersionStage: 'AWSPENDING' })).rejects.toMatchObject(
      failure('InvalidRequestException', /VersionStage that is not associated to the provided VersionId/),
    );
  });

  it('finds a secret by its whole ARN or all but the suffix, and by no other beginning of it', async () => {
    const { SecretId } = await create('one');

    expect(await valueOf(SecretId.slice(0, -7))).toBe('one');
    await expect(valueOf(SecretId.slice(0, -9))).rejects.toMatchObject(
      failure('ResourceNotFoundException', /specified secret\.$/),
    );
  });

  it('tells of the KMS key that it decrypts with', async () => {
    const { ARN: SecretId = '', VersionId } = await client.send(
      new CreateSecretCommand({ Name: `test/${randomUUID()}`, SecretString: 'one', KmsKeyId: 'alias/mine' }),
    );

    await valueOf(SecretId);

    const encryptionContext = { SecretARN: SecretId, SecretVersionId: VersionId };
    const resources = [{ ARN: keyArn }];
    expect(await recordsOf(SecretId)).toMatchObject([
      { eventName: 'GenerateDataKey', requestParameters: { encryptionContext }, resources },
      { eventName: 'Decrypt', requestParameters: { encryptionContext }, resources },
    ]);
  });

  it('answers a stale read as before the latest write', async () => {
    const { SecretId, token } = await create('one');
    const next = randomUUID();
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'two', ClientRequestToken: next }));

    readStale('GetSecretValue');
    expect(await valueOf(SecretId)).toBe('one');
    readStale('GetSecretValue');
    await expect(valueOf(SecretId, { VersionId: next })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    readStale('DescribeSecret');
    expect(await labels(SecretId)).toEqual({ [token]: ['AWSCURRENT'] });
    expect(await valueOf(SecretId)).toBe('two');
  });
});

describe('BatchGetSecretValue', () => {
  it('reports a secret without a value among the errors', async () => {
    const [full, empty] = [await create('one'), await create()];

    const { SecretValues, Errors } = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList: [full.SecretId, empty.SecretId] }),
    );

    expect(SecretValues?.map(({ ARN }) => ARN)).toEqual([full.SecretId]);
    expect(Errors).toMatchObject([{ SecretId: empty.SecretId, ErrorCode: 'ResourceNotFoundException' }]);
  });
});

describe('UpdateSecretVersionStage', () => {
  const twoVersions = async () => {
    const { SecretId, token: current } = await create('one');
    const next = randomUUID();
    await client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: next,
        SecretString: 'two',
        VersionStages: ['AWSPENDING'],
      }),
    );
    const move = (VersionStage: string, MoveToVersionId?: string, RemoveFromVersionId?: string) =>
      client.send(
        new UpdateSecretVersionStageCommand({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }),
      );
    return { SecretId, current, next, move };
  };

  it('moves AWSCURRENT from the version that has it, and AWSPREVIOUS after it', async () => {
    const { SecretId, current, next, move } = await twoVersions();

    await move('AWSCURRENT', next, current);

    expect(await labels(SecretId)).toEqual({ [current]: ['AWSPREVIOUS'], [next]: ['AWSPENDING', 'AWSCURRENT'] });
    await move('AWSCURRENT', current, next);
    expect(await labels(SecretId)).toEqual({ [current]: ['AWSCURRENT'], [next]: ['AWSPENDING', 'AWSPREVIOUS'] });
  });

  it('lets one of two movers win: the other no longer knows where the label is', async () => {
    const { SecretId, current, next, move } = await twoVersions();

    const results = await Promise.allSettled([move('AWSCURRENT', next, current), move('AWSCURRENT', next, current)]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await labels(SecretId))[next]).toContain('AWSCURRENT');
  });

  it('refuses what would move a label blindly', async () => {
    const { SecretId, current, next, move } = await twoVersions();
    const before = await labels(SecretId);
    const unknown = randomUUID();

    await expect(move('AWSCURRENT', next)).rejects.toMatchObject(
      failure('InvalidParameterException', `RemoveFromVersionId can't be empty.*attached to version ${current}`),
    );
    await expect(move('AWSCURRENT', next, next)).rejects.toMatchObject(
      failure('InvalidParameterException', /must be set to the version that currently has the staging label/),
    );
    await expect(move('AWSCURRENT', undefined, current)).rejects.toMatchObject(
      failure('InvalidParameterException', /You can only move staging label AWSCURRENT/),
    );
    await expect(move('AWSPENDING', undefined, current)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move('AWSPENDING')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move('AWSCURRENT', unknown, current)).rejects.toMatchObject(
      failure('ResourceNotFoundException', `VersionId: ${unknown}`),
    );
    expect(await labels(SecretId)).toEqual(before);
  });

  it('takes a label away, and attaches one where none is', async () => {
    const { SecretId, current, next, move } = await twoVersions();

    await move('AWSPENDING', undefined, next);
    await move('BLUE', current);
    await move('BLUE', current);

    expect(await labels(SecretId)).toEqual({ [current]: ['AWSCURRENT', 'BLUE'] });
  });
});

describe('DeleteSecret', () => {
  it('keeps the secret from every use until it is restored', async () => {
    const { SecretId } = await create('one');
    await client.send(new DeleteSecretCommand({ SecretId }));

    for (const use of [
      () => client.send(new GetSecretValueCommand({ SecretId })),
      () => client.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' })),
      () => client.send(new RotateSecretCommand({ SecretId })),
    ]) {
      await expect(use()).rejects.toMatchObject(failure('InvalidRequestException', /marked for deletion/));
    }
    expect((await client.send(new DescribeSecretCommand({ SecretId }))).DeletedDate).toBeInstanceOf(Date);

    await client.send(new RestoreSecretCommand({ SecretId }));
    expect(await valueOf(SecretId)).toBe('one');
    expect((await recordsOf(SecretId)).map(({ eventName }) => eventName)).toEqual([
      'StartSecretVersionDelete',
      'CancelSecretVersionDelete',
    ]);
  });

  it('forgets at once when forced, and does not mind when there is nothing', async () => {
    const { SecretId } = await create('one');

    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));

    await expect(valueOf(SecretId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.send(new DeleteSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('a secret without rotation', () => {
  it('can neither be rotated nor have its rotation cancelled', async () => {
    const { SecretId } = await create('one');

    await expect(client.send(new RotateSecretCommand({ SecretId }))).rejects.toMatchObject(
      failure('InvalidRequestException', '^No Lambda rotation function ARN is associated with this secret.$'),
    );
    await expect(client.send(new CancelRotateSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    expect(await client.send(new DescribeSecretCommand({ SecretId }))).not.toHaveProperty('RotationEnabled');
  });
});

describe('ListSecrets', () => {
  const run = randomUUID().slice(0, 8);
  const tag = (Key: string, Value: string) => ({ Key, Value });
  const filter = (Key: string, ...Values: string[]) => ({ Key: Key as 'name', Values });
  const names = async (...Filters: ReturnType<typeof filter>[]) => {
    const { SecretList = [] } = await client.send(new ListSecretsCommand({ Filters, SortOrder: 'asc' }));
    return SecretList.map(({ Name = '' }) => Name.replace(`${run}/`, '')).sort();
  };

  beforeAll(async () => {
    const secrets = [
      { Name: `${run}/orders`, Tags: [tag(`${run}:environment`, 'prod'), tag(`${run}:engine`, 'mysql')] },
      { Name: `${run}/ledger`, Tags: [tag(`${run}:environment`, 'prod-eu'), tag(`${run}:engine`, 'mariadb')] },
      { Name: `${run}/Orders-old`, Description: 'Written once for Sales', Tags: [tag(`${run}:environment`, 'dev')] },
    ];
    for (const secret of secrets) await client.send(new CreateSecretCommand({ ...secret, SecretString: 'x' }));
  });

  it.each([
    ['a name begins so', [filter('name', `${run}/or`)], ['orders']],
    ['a key of a tag begins so', [filter('tag-key', `${run}:eng`)], ['ledger', 'orders']],
    [
      'a value begins so, not only where it is the whole',
      [filter('tag-key', run), filter('tag-value', 'prod')],
      ['ledger', 'orders'],
    ],
    ['it is not the end of a value', [filter('tag-key', run), filter('tag-value', 'rod')], []],
    [
      'one of the values of a filter fits',
      [filter('tag-key', run), filter('tag-value', 'dev', 'mysql')],
      ['Orders-old', 'orders'],
    ],
    [
      'every filter fits',
      [filter('tag-key', run), filter('tag-value', 'prod'), filter('tag-value', 'mysql')],
      ['orders'],
    ],
    ['letters are as they are', [filter('tag-key', run), filter('tag-value', 'Prod')], []],
    ['a filter is turned round', [filter('name', `${run}/`), filter('tag-value', '!prod')], ['Orders-old']],
    [
      'words of a description are there',
      [filter('name', run), filter('description', 'once for SALES')],
      ['Orders-old'],
    ],
  ])('finds secrets where %s', async (_what, filters, expected) => {
    expect(await names(...filters)).toEqual(expected);
  });

  it('refuses a filter that does not exist', async () => {
    await expect(names(filter('owner', 'x'))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('gives pages, with labels, tags and rotation of each secret', async () => {
    const Filters = [filter('name', `${run}/`)];
    const found: unknown[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await client.send(new ListSecretsCommand({ Filters, MaxResults: 2, NextToken }));
      expect(page.SecretList?.length).toBeLessThanOrEqual(2);
      found.push(...(page.SecretList ?? []));
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    const [stages] = Object.values(await labels(`${run}/orders`));

    expect([pages, found.length]).toEqual([2, 3]);
    expect(found).toContainEqual(
      expect.objectContaining({
        Name: `${run}/orders`,
        Tags: expect.arrayContaining([tag(`${run}:engine`, 'mysql')]) as unknown,
        SecretVersionsToStages: { [Object.keys(await labels(`${run}/orders`))[0] ?? '']: stages },
      }),
    );
  });
});
