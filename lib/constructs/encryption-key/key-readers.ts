/** Which roles of other accounts the keys of an app name: a secret's grant to another would be denied by the key. */
import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { keyIdFor } from '../key-usage.ts';

/** What a role of another account decrypts. */
interface KeyReader {
  readonly roleArn: string;
  /** Full names. */
  readonly secrets: readonly string[];
}

/** By app, and in it by the alias of the key with its account and region. */
const keys = new WeakMap<IConstruct, Map<string, readonly KeyReader[]>>();

export const registerKey = (key: IConstruct, aliasName: string, readers: readonly KeyReader[]): void => {
  const known = keys.get(key.node.root) ?? new Map<string, readonly KeyReader[]>();
  keys.set(key.node.root, known.set(locationOf(key, aliasName), readers));
};

/**
 * Whether the key lets a role of another account decrypt a secret; `undefined` if this app does not create the key.
 *
 * @param scope - of the secret
 */
export const letsDecrypt = (scope: IConstruct, key: IKey, roleArn: string, secretName: string): boolean | undefined => {
  const readers = keys.get(scope.node.root)?.get(locationOf(scope, aliasOf(scope, key)));
  return readers?.some((one) => one.roleArn === roleArn && one.secrets.includes(secretName));
};

/** The key itself, in its own stack, is known by the alias next to it. */
const aliasOf = (scope: IConstruct, key: IKey): string => {
  const alias = key.node.tryFindChild('Alias');
  return alias && 'aliasName' in alias ? nameOf(alias) : keyIdFor(scope, key);
};

const nameOf = (alias: IConstruct): string => {
  const resource = alias.node.defaultChild;
  return resource && 'aliasName' in resource ? String(resource.aliasName) : '';
};

const locationOf = (scope: IConstruct, aliasName: string): string => {
  const { account, region } = Stack.of(scope);
  return [account, region, aliasName].join(' ');
};
