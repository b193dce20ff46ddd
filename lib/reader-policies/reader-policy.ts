/**
 * What a reader needs in its own policies, as IAM takes it: every secret by its ARN, or those of an application by
 * their tags. Over plain texts, so that the constructs and the command write the same.
 */
import { secretsNamed, secretTag, type SecretLocation } from '../contract/index.ts';

export interface ReadableSecret {
  /** `*` and `?` are wildcards. */
  readonly arn: string;
  readonly key: SecretKey;
}

/** `region`: of a replica's key; absent: where the secrets are. */
export type SecretKey = { readonly alias: string; readonly region?: string } | { readonly arn: string };

/** A user of a database that takes tokens of IAM. */
export interface IamLogin {
  /** `db-…`, `cluster-…` or `prx-…`. */
  readonly resourceId: string;
  readonly username: string;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Reads each secret by its ARN, and uses each of their keys for them alone. */
export const readStatements = (location: SecretLocation, secrets: readonly ReadableSecret[]): Statement[] => {
  if (secrets.length === 0) return [];
  const byKey = new Map<string, { key: SecretKey; arns: string[] }>();
  for (const { arn, key } of secrets) {
    const known = byKey.get(idOfKey(key)) ?? { key, arns: [] };
    known.arns.push(arn);
    byKey.set(idOfKey(key), known);
  }
  return [
    { Effect: 'Allow', Action: readActions, Resource: secrets.map(({ arn }) => arn) },
    ...[...byKey.values()].map(({ key, arns }) =>
      decrypt({ ...location, region: regionOf(location, key) }, [key], arns),
    ),
  ];
};

/**
 * Reads the secrets of an application that name the reader in their tags: the tags of its role name it. Replicas
 * have the tags of their secret (https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html).
 *
 * @param namePrefix - how the names of the application's secrets begin.
 * @param keys - of the secrets and of the replicas: it reads in the regions of these keys.
 */
export const readByTagsStatements = (
  location: SecretLocation,
  { environment, namePrefix }: { readonly environment: string; readonly namePrefix: string },
  keys: readonly SecretKey[],
): Statement[] => {
  const locations = [...new Set([location.region, ...keys.map((key) => regionOf(location, key))])].map((region) => ({
    ...location,
    region,
  }));
  return [
    {
      Effect: 'Allow',
      Action: readActions,
      Resource: locations.map((one) => secretsNamed(one, namePrefix)),
      Condition: {
        StringEquals: {
          [`aws:ResourceTag/${secretTag.environment}`]: environment,
          [`aws:ResourceTag/${secretTag.application}`]: `\${aws:PrincipalTag/${secretTag.application}}`,
        },
        StringLike: { [`aws:ResourceTag/${secretTag.readers}`]: `*:\${aws:PrincipalTag/${secretTag.consumer}}:*` },
      },
    },
    ...locations.flatMap((one) => {
      const there = keys.filter((key) => regionOf(location, key) === one.region);
      const aliases = there.filter((key) => 'alias' in key);
      const secrets = [secretsNamed(one, namePrefix)];
      return [
        ...(aliases.length > 0 ? [decrypt(one, aliases, secrets)] : []),
        ...there.filter((key) => 'arn' in key).map((key) => decrypt(one, [key], secrets)),
      ];
    }),
  ];
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html */
export const loginStatements = (
  { partition, account, region }: SecretLocation,
  logins: readonly IamLogin[],
): readonly Statement[] => {
  if (logins.length === 0) return [];
  const Resource = logins.map(
    ({ resourceId, username }) => `arn:${partition}:rds-db:${region}:${account}:dbuser:${resourceId}/${username}`,
  );
  return [{ Effect: 'Allow', Action: ['rds-db:connect'], Resource }];
};

export const policyOf = (statements: readonly Statement[]) => ({ Version: '2012-10-17', Statement: statements });

/** In characters, as IAM counts: without white space. */
export const policySize = (statements: readonly Statement[]): number => JSON.stringify(policyOf(statements)).length;

/** ARN pattern of every key: for statements that a condition narrows to aliases. */
export const anyKeyOf = ({ partition, account, region }: SecretLocation): string =>
  `arn:${partition}:kms:${region}:${account}:key/*`;

/** The same for the same key. */
export const idOfKey = (key: SecretKey): string => ('alias' in key ? `${key.alias} ${key.region ?? ''}` : key.arn);

/** On a secret: to read its value, and to tell what it is. */
export const readActions = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'] as const;

const regionOf = (location: SecretLocation, key: SecretKey): string =>
  ('alias' in key ? key.region : undefined) ?? location.region;

/**
 * An alias can't be the resource of a policy, so a key known by its alias is named by a condition:
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
const decrypt = (location: SecretLocation, keys: readonly SecretKey[], secretArns: readonly string[]): Statement => {
  const aliases = keys.flatMap((key) => ('alias' in key ? [key.alias] : []));
  return {
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: keys
      .flatMap((key) => ('arn' in key ? [key.arn] : []))
      .concat(aliases.length > 0 ? anyKeyOf(location) : []),
    Condition: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${location.region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:SecretARN': secretArns },
      ...(aliases.length > 0 && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': aliases } }),
    },
  };
};
