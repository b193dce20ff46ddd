/** The secrets that an account has: the SDK's clients, with the caller's credentials. */
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  type Filter,
  GetResourcePolicyCommand,
  paginateListSecrets,
  type SecretListEntry,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

import { CommandError } from '../terminal/errors.ts';
import type { ExistingSecret, Inventory, Selection } from '../operators/existing-secret.ts';
import { inParallel } from '../operators/in-parallel.ts';
import { callAws, orMissing } from './aws-errors.ts';
import { clientOptions, connectAws } from './operator-aws.ts';

/** Well under what DescribeSecret and GetResourcePolicy take a second. */
const atOnce = 4;

export const connectInventory = (region: string): Inventory => {
  const operator = connectAws(region);
  const secrets = new SecretsManagerClient({ ...clientOptions, region });
  const kms = new KMSClient({ ...clientOptions, region });
  const lambda = new LambdaClient({ ...clientOptions, region });
  return {
    whoAmI: () => operator.whoAmI(),
    find: async (selection) => {
      const found = (await listed(secrets, selection)).filter((secret) => fits(secret, selection));
      const keyOf = keyFinder(kms);
      const roleOf = roleFinder(lambda);
      return inParallel(found.sort(byName), atOnce, async ({ ARN = '' }) =>
        withRole(await examined(secrets, ARN, keyOf), roleOf),
      );
    },
    close: () => {
      operator.close();
      secrets.destroy();
      kms.destroy();
      lambda.destroy();
    },
  };
};

const listed = (client: SecretsManagerClient, selection: Selection): Promise<SecretListEntry[]> =>
  callAws('list the secrets (secretsmanager:ListSecrets)', async () => {
    const found: SecretListEntry[] = [];
    for await (const { SecretList = [] } of paginateListSecrets({ client }, { Filters: filtersOf(selection) })) {
      found.push(...SecretList);
    }
    return found;
  });

/** They match beginnings, and key and value each for itself: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html */
const filtersOf = (selection: Selection): Filter[] =>
  'prefix' in selection
    ? [{ Key: 'name', Values: [selection.prefix] }]
    : [
        { Key: 'tag-key', Values: [selection.tag.key] },
        ...(selection.tag.value === '' ? [] : [{ Key: 'tag-value' as const, Values: [selection.tag.value] }]),
      ];

const fits = ({ Name = '', Tags = [] }: SecretListEntry, selection: Selection): boolean =>
  'prefix' in selection
    ? Name.startsWith(selection.prefix)
    : Tags.some(({ Key, Value }) => Key === selection.tag.key && Value === selection.tag.value);

const byName = ({ Name: a = '' }: SecretListEntry, { Name: b = '' }: SecretListEntry): number =>
  a < b ? -1 : a > b ? 1 : 0;

type Key = Pick<ExistingSecret, 'keyArn' | 'missingKey'>;
type KeyFinder = (keyId: string) => Promise<Key>;

/** The key that an id, an ARN or an alias names: nothing of it where AWS manages the key. Each is asked for once. */
const keyFinder = (client: KMSClient): KeyFinder => {
  const known = new Map<string, Promise<Key>>();
  const find: KeyFinder = async (keyId) => {
    // Only AWS has such aliases, and creates the key at its first use.
    if (/(^|:)alias\/aws\//.test(keyId)) return {};
    const found = await orMissing(`look at key ${keyId} (kms:DescribeKey)`, () =>
      client.send(new DescribeKeyCommand({ KeyId: keyId })),
    );
    if (found === undefined) return { missingKey: keyId };
    const { Arn: keyArn, KeyManager } = found.KeyMetadata ?? {};
    return KeyManager === 'AWS' || keyArn === undefined ? {} : { keyArn };
  };
  return (keyId) => {
    const asked = known.get(keyId) ?? find(keyId);
    known.set(keyId, asked);
    return asked;
  };
};

type RoleFinder = (functionArn: string) => Promise<string | undefined>;

/** The role of a function: nothing if the function does not exist, or if the caller has no access to it. */
const roleFinder = (client: LambdaClient): RoleFinder => {
  const known = new Map<string, Promise<string | undefined>>();
  const find: RoleFinder = async (functionArn) => {
    try {
      const found = await orMissing(`look at ${functionArn} (lambda:GetFunctionConfiguration)`, () =>
        client.send(new GetFunctionConfigurationCommand({ FunctionName: functionArn })),
      );
      return found?.Role;
    } catch (error) {
      if (error instanceof CommandError && error.code === 'aws-denied') return undefined;
      throw error;
    }
  };
  return (functionArn) => {
    const asked = known.get(functionArn) ?? find(functionArn);
    known.set(functionArn, asked);
    return asked;
  };
};

const withRole = async (secret: ExistingSecret, roleOf: RoleFinder): Promise<ExistingSecret> => {
  const { rotation } = secret;
  const roleArn = rotation?.functionArn === undefined ? undefined : await roleOf(rotation.functionArn);
  return rotation && roleArn !== undefined ? { ...secret, rotation: { ...rotation, roleArn } } : secret;
};

const examined = async (client: SecretsManagerClient, arn: string, keyOf: KeyFinder): Promise<ExistingSecret> => {
  const secret = await callAws(`look at ${arn} (secretsmanager:DescribeSecret)`, () =>
    client.send(new DescribeSecretCommand({ SecretId: arn })),
  );
  const { ResourcePolicy } = await callAws(`look at ${arn} (secretsmanager:GetResourcePolicy)`, () =>
    client.send(new GetResourcePolicyCommand({ SecretId: arn })),
  );
  return {
    ...factsOf(secret, arn),
    ...(secret.KmsKeyId !== undefined && (await keyOf(secret.KmsKeyId))),
    hasPolicy: ResourcePolicy !== undefined && ResourcePolicy !== '',
  };
};

const factsOf = (secret: DescribeSecretCommandOutput, arn: string): Omit<ExistingSecret, keyof Key | 'hasPolicy'> => {
  const { Name, Description, OwningService, PrimaryRegion, LastAccessedDate, ReplicationStatus = [] } = secret;
  const { RotationEnabled, RotationLambdaARN, RotationRules } = secret;
  const days = RotationRules?.AutomaticallyAfterDays;
  const schedule = RotationRules?.ScheduleExpression ?? (days === undefined ? undefined : `every ${days} days`);
  return {
    arn,
    name: Name ?? arn,
    ...(Description && { description: Description }),
    tags: Object.fromEntries((secret.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    ...(RotationEnabled === true && {
      rotation: { ...(RotationLambdaARN && { functionArn: RotationLambdaARN }), ...(schedule && { schedule }) },
    }),
    replicas: ReplicationStatus.flatMap(({ Region }) => Region ?? []),
    ...(PrimaryRegion && { primaryRegion: PrimaryRegion }),
    ...(OwningService && { owningService: OwningService }),
    ...(LastAccessedDate && { lastReadAt: LastAccessedDate }),
  };
};
