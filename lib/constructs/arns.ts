/** ARNs composed from the contract's names, so that no stack exports one to another. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { secretArnPattern, type SecretLocation, secretsNamed } from '../contract/index.ts';
import { anyKeyOf } from '../reader-policies/reader-policy.ts';

/** How the secrets of an environment are named. */
export interface SecretNames {
  /** How their names begin. */
  readonly prefixes: readonly string[];
  /**
   * Full names of those that begin otherwise. Their own policies allow the platform's roles what they do, and the keys
   * serve them by name.
   */
  readonly others: readonly string[];
}

/** ARN patterns of the secrets of an environment by how they begin; of the replicas, where `region` is another than the stack's. */
export const secretsOf = (
  scope: IConstruct,
  environment: string,
  names?: SecretNames,
  region = Stack.of(scope).region,
): string[] =>
  (names?.prefixes ?? [`${environment}/`]).map((prefix) => secretsNamed({ ...locationOf(scope), region }, prefix));

/**
 * The same for the encryption contexts in the policies of roles: once it takes more than one pattern, any secret, as the
 * policies of the environment's keys name them all.
 */
export const contextsOf = (
  scope: IConstruct,
  environment: string,
  names?: SecretNames,
  region = Stack.of(scope).region,
): string[] =>
  names && names.prefixes.length + names.others.length > 1
    ? [anySecret(scope, region)]
    : secretsOf(scope, environment, names, region);

/** ARN pattern of one secret by its name; the service adds six characters that are not known before. */
export const secretNamed = (scope: IConstruct, name: string): string => secretArnPattern(locationOf(scope), name);

/** ARN pattern of every secret: for statements that a condition narrows. */
export const anySecret = (scope: IConstruct, region = Stack.of(scope).region): string =>
  secretsNamed({ ...locationOf(scope), region }, '');

/** ARN pattern of every key: for statements that a condition narrows to an alias. */
export const anyKey = (scope: IConstruct, region = Stack.of(scope).region): string =>
  anyKeyOf({ ...locationOf(scope), region });

/** Where the secrets of a stack are. */
export const locationOf = (scope: IConstruct): SecretLocation => {
  const { partition, account, region } = Stack.of(scope);
  return { partition, account, region };
};

export const roleArn = (scope: IConstruct, roleName: string): string =>
  Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: roleName });

export const functionArn = (scope: IConstruct, functionName: string): string =>
  Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** ARN pattern of the rotation functions of an environment. */
export const rotationFunctionsOf = (scope: IConstruct, environment: string): string =>
  functionArn(scope, `strongroom-${environment}-rotation-*`);

/** ARN pattern of the log groups of {@link rotationFunctionsOf}. */
export const rotationLogsOf = (scope: IConstruct, environment: string): string =>
  Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: `/aws/lambda/strongroom-${environment}-rotation-*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

export const topicArn = (scope: IConstruct, topicName: string): string =>
  Stack.of(scope).formatArn({ service: 'sns', resource: topicName });
