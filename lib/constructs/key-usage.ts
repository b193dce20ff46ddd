/** How policies and properties refer to a KMS key: by its ARN where the stack owns it, else by its alias. */
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, CfnAlias, type IAlias, type IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { keyAlias } from '../contract/index.ts';
import { anyKey, anySecret, contextsOf, type SecretNames } from './arns.ts';

/** What `KmsKeyId` properties take: the alias of an {@link IAlias}, the ARN of another key. */
export const keyId = (key: IKey): string => (isAlias(key) ? key.aliasName : key.keyArn);

/** The same for a policy of `scope`'s stack: a key of another stack by the alias that was made with it, so that no stack waits for another. */
export const keyIdFor = (scope: IConstruct, key: IKey): string => {
  const alias = key.node.tryFindChild('Alias');
  const resource = alias instanceof Alias ? alias.node.defaultChild : undefined;
  return Stack.of(key) !== Stack.of(scope) && resource instanceof CfnAlias ? resource.aliasName : keyId(key);
};

/**
 * Allows `actions` on a key, only through Secrets Manager and only for the secrets named (wildcards allowed).
 *
 * An alias can't be the resource of an IAM policy, so a key known by its alias is named by `kms:ResourceAliases`:
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
export const useKeyForSecrets = (
  scope: IConstruct,
  key: IKey,
  actions: readonly string[],
  secretArns: readonly string[],
): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [isAlias(key) ? anyKey(scope) : key.keyArn],
    conditions: {
      ...throughSecretsManager(scope, secretArns),
      ...(isAlias(key) && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [key.aliasName] } }),
    },
  });

/** Allows `actions` on the keys of adopted secrets, whose names follow no rule: the secrets' own policies say who reads. */
export const useKeysOfAdopted = (
  scope: IConstruct,
  keys: readonly IKey[],
  actions: readonly string[],
): PolicyStatement[] =>
  keys.length === 0
    ? []
    : [
        new PolicyStatement({
          actions: [...actions],
          resources: keys.map(({ keyArn }) => keyArn),
          conditions: throughSecretsManager(scope, [anySecret(scope)]),
        }),
      ];

/** Actions that Secrets Manager takes on the key of a replica, in the name of the principal that writes the secret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets_troubleshoot.html */
export const replicateKeyActions = ['kms:Encrypt', 'kms:GenerateDataKey'] as const;

/**
 * Allows `actions` on the keys of an environment's replicas in other regions, only through Secrets Manager there. One
 * statement, as a policy is short: that each key serves its own region alone is what its policy says.
 */
export const useKeysOfReplicas = (
  scope: IConstruct,
  environment: string,
  regions: readonly string[],
  actions: readonly string[],
  names?: SecretNames,
): PolicyStatement[] =>
  regions.length === 0
    ? []
    : [
        new PolicyStatement({
          actions: [...actions],
          resources: regions.map((region) => anyKey(scope, region)),
          conditions: {
            StringEquals: { 'kms:ViaService': regions.map((region) => `secretsmanager.${region}.amazonaws.com`) },
            StringLike: {
              'kms:EncryptionContext:SecretARN': regions.flatMap((region) =>
                contextsOf(scope, environment, names, region),
              ),
            },
            'ForAnyValue:StringEquals': {
              'kms:ResourceAliases': [keyAlias(environment, 'standard'), keyAlias(environment, 'high')],
            },
          },
        }),
      ];

/** Why policies name the keys of replicas by patterns. */
export const keysOfReplicas = (scope: IConstruct, regions: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    regions.map((region) => [anyKey(scope, region), 'The aliases of the environment narrow the pattern to its keys.']),
  );

/** Conditions under which a key serves Secrets Manager alone, and of its secrets only those named. */
export const throughSecretsManager = (
  scope: IConstruct,
  secretArns: readonly string[],
): { StringEquals: Record<string, string>; StringLike: Record<string, string[]> } => ({
  StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(scope).region}.amazonaws.com` },
  StringLike: { 'kms:EncryptionContext:SecretARN': [...secretArns] },
});

const isAlias = (key: IKey): key is IAlias => 'aliasName' in key;
