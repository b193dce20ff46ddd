/** What the policies allow that Strongroom attaches to a role, independent of its other policies. */
import type { EnvironmentCatalog } from '../model/index.ts';
import { replicaRegionsOf } from '../model/replica-regions.ts';
import { keyAccessLevelOf, type KeyAction, type KeyAccessLevel, type SecretAction } from './actions.ts';
import { type DeclaredSecret, isReplica, rotatesAtCreation, secretsOf } from './declared.ts';
import { marks, readersAmong } from './fences.ts';
import { haveSameKey, isNamedApart, isNamedIn, isServedIn, isViaSecretsManager, keyOwnerOf } from './key.ts';
import type { Position, Principal } from './principals.ts';
import { isTagged, readsByTags } from './reading.ts';
import type { Circumstances, KeyCircumstances } from './request.ts';

/** Whether a policy of Strongroom's allows the action on the secret. */
export const grantsSecret = (
  secret: DeclaredSecret,
  principal: Principal,
  action: SecretAction,
  circumstances: Circumstances,
): boolean =>
  principal.positions.some((position) => positionGrants(secret, principal, position, action, circumstances));

/** Whether a policy of Strongroom's allows the action on the key of `secret`. */
export const grantsKey = (
  secret: DeclaredSecret,
  principal: Principal,
  action: KeyAction,
  key: KeyCircumstances,
): boolean => {
  const { context } = key;
  const level = keyAccessLevelOf(action);
  const describes = (position: Position): boolean =>
    action === 'DescribeKey' &&
    position.as === 'operator' &&
    keyOwnerOf(secret) === 'strongroom' &&
    !isReplica(secret) &&
    isOf(secret, position);
  if (principal.positions.some(describes)) return true;
  if (level === undefined || !isViaSecretsManager(secret, key) || context === undefined || context === 'validation')
    return false;
  return principal.positions.some((position) => {
    switch (position.as) {
      case 'consumer':
        return level === 'decrypt' && mayDecrypt(secret, context, principal, position);
      case 'audit forwarder':
        return (
          level === 'decrypt' &&
          haveSameKey(secret, context) &&
          isOf(context, position) &&
          context.destination === position.destination
        );
      case 'pager':
        return (
          level === 'decrypt' && haveSameKey(secret, context) && isOf(context, position) && context.pages !== undefined
        );
      case 'rotation function':
      case 'operator':
      case 'break-glass':
        return isReplica(secret)
          ? replicatesWith(secret, context, position, level)
          : (level === 'decrypt' || level === 'encrypt') && servesWith(secret, context, position);
      case 'custom rotation function':
        return (
          (level === 'encrypt' || level === (isReplica(secret) ? 'replicate' : 'decrypt')) &&
          haveSameKey(secret, context) &&
          isOf(context, position) &&
          context.customRotator === position.roleArn
        );
      case 'first rotation':
      case 'rotation watch':
      case 'deployer':
      case 'root':
        return false;
    }
  });
};

/** By ARN: the secrets that it reads. By tags: the secrets of its application, and the policy of each secret decides. */
const mayDecrypt = (
  secret: DeclaredSecret,
  context: DeclaredSecret,
  principal: Principal,
  { environment, application, consumer }: Position & { as: 'consumer' },
): boolean => {
  if (context.environment.name === environment.name && haveSameKey(secret, context)) {
    if (readersAmong(context, principal).includes(consumer)) return true;
  }
  if (keyOwnerOf(secret) !== 'strongroom' || secret.environment.name !== environment.name) return false;
  const declared = environment.applications.find(({ name }) => name === application);
  return (
    declared !== undefined &&
    isNamedIn(environment, secret.region, context, application) &&
    readsByTags(environment, declared, consumer) &&
    declared.secrets.some(
      (one) =>
        isTagged(environment, declared, one) &&
        one.sensitivity === secret.sensitivity &&
        one.readers.includes(consumer.name) &&
        (!isReplica(secret) || one.replicas?.includes(secret.region) === true),
    )
  );
};

/** The environment's keys, for its secrets by name. The keys of adopted secrets, as needed. */
const servesWith = (
  secret: DeclaredSecret,
  context: DeclaredSecret,
  position: Position & { as: 'rotation function' | 'operator' | 'break-glass' },
): boolean => {
  const { environment } = position;
  if (keyOwnerOf(secret) === 'strongroom')
    return isOf(secret, position) && isServedIn(environment, environment.region, context);
  if (position.as !== 'rotation function') {
    const isOfAccount = context.environment.account === environment.account && context.region === environment.region;
    return isOfAccount && secretsOf(environment).some((one) => haveSameKey(one, secret));
  }
  const serves = (one: DeclaredSecret): boolean =>
    isOf(one, position) &&
    keyOwnerOf(one) === 'organisation' &&
    (one.rotatedFor === position.rotator || one.adminFor === position.rotator);
  return serves(context) && secretsOf(environment).some((one) => serves(one) && haveSameKey(one, secret));
};

/** Secrets Manager encrypts replicas in the name of the principal that writes the secret. Only break-glass can decrypt them. */
const replicatesWith = (
  secret: DeclaredSecret,
  context: DeclaredSecret,
  position: Position & { as: 'rotation function' | 'operator' | 'break-glass' },
  level: KeyAccessLevel,
): boolean => {
  const { environment } = position;
  if (!isOf(secret, position) || !isServedIn(environment, secret.region, context)) return false;
  if (position.as === 'break-glass') return level === 'decrypt' || level === 'encrypt' || level === 'replicate';
  const writes = (one: DeclaredSecret): boolean =>
    position.as === 'operator' ? one.supplied : one.rotatedFor === position.rotator;
  return (
    (level === 'encrypt' || level === 'replicate') &&
    secretsOf(environment).some((one) => one.region === secret.region && isReplica(one) && writes(one))
  );
};

const positionGrants = (
  secret: DeclaredSecret,
  principal: Principal,
  position: Position,
  action: SecretAction,
  circumstances: Circumstances,
): boolean => {
  const { tags } = circumstances;
  const isAdoptedHere = keyOwnerOf(secret) !== 'strongroom' && isOf(secret, position);
  switch (position.as) {
    case 'consumer':
      return (
        granted.reader.has(action) &&
        isOf(secret, position) &&
        readersAmong(secret, principal).includes(position.consumer)
      );
    case 'audit forwarder':
      return granted.reader.has(action) && secret.destination === position.destination && isOf(secret, position);
    case 'pager':
      return granted.reader.has(action) && secret.pages !== undefined && isOf(secret, position);
    case 'rotation function':
      if (!isOf(secret, position) || isReplica(secret)) return false;
      if (secret.rotatedFor === position.rotator) {
        return granted.rotation.has(action) || marks(secret, principal, action, circumstances);
      }
      return secret.adminFor === position.rotator && granted.reader.has(action);
    case 'custom rotation function':
      return (
        granted.rotation.has(action) &&
        isOf(secret, position) &&
        !isReplica(secret) &&
        secret.customRotator === position.roleArn
      );
    case 'first rotation':
      return (
        granted.start.has(action) &&
        isOf(secret, position) &&
        !isReplica(secret) &&
        keyOwnerOf(secret) === 'strongroom' &&
        (!isNamedApart(position.environment, secret) || rotatesAtCreation(secret))
      );
    case 'rotation watch':
      return (
        action === 'DescribeSecret' &&
        isOf(secret, position) &&
        !isReplica(secret) &&
        secret.customRotator !== undefined
      );
    case 'operator':
      return (
        granted.operator.has(action) &&
        (isNamedIn(position.environment, position.environment.region, secret) ||
          (isAdoptedHere && tags !== undefined) ||
          (isNamedApart(position.environment, secret) && !isReplica(secret)))
      );
    case 'break-glass':
      return (
        (granted.breakGlass.has(action) &&
          (isAdoptedHere ||
            isNamedApart(position.environment, secret) ||
            isRepairedBy(position.environment, secret))) ||
        (granted.replication.has(action) && replicates(position.environment, secret))
      );
    case 'deployer':
    case 'root':
      return false;
  }
};

/** The policy of a secret with a custom name allows it, if the secret has replicas. */
const replicates = (environment: EnvironmentCatalog, secret: DeclaredSecret): boolean =>
  isNamedApart(environment, secret)
    ? (secret.source?.replicas ?? []).length > 0
    : replicaRegions(environment).length > 0 && isRepairedBy(environment, secret);

const isRepairedBy = (environment: EnvironmentCatalog, secret: DeclaredSecret): boolean =>
  isNamedIn(environment, secret.region, secret) &&
  [environment.region, ...replicaRegions(environment)].includes(secret.region);

const granted = {
  reader: new Set<SecretAction>(['DescribeSecret', 'GetSecretValue']),
  rotation: new Set<SecretAction>(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']),
  start: new Set<SecretAction>(['DescribeSecret', 'RotateSecret']),
  operator: new Set<SecretAction>([
    'CancelRotateSecret',
    'DescribeSecret',
    'GetResourcePolicy',
    'ListSecretVersionIds',
    'PutSecretValue',
    'RotateSecret',
  ]),
  breakGlass: new Set<SecretAction>([
    'CancelRotateSecret',
    'DeleteResourcePolicy',
    'DeleteSecret',
    'DescribeSecret',
    'GetResourcePolicy',
    'GetSecretValue',
    'ListSecretVersionIds',
    'PutResourcePolicy',
    'PutSecretValue',
    'RestoreSecret',
    'RotateSecret',
    'TagResource',
    'UntagResource',
    'UpdateSecret',
    'UpdateSecretVersionStage',
  ]),
  replication: new Set<SecretAction>([
    'RemoveRegionsFromReplication',
    'ReplicateSecretToRegions',
    'StopReplicationToReplica',
  ]),
};

const isOf = ({ environment }: DeclaredSecret, position: Position): boolean =>
  position.environment.name === environment.name;

/** Kept, since every question about the environment needs them, and they take a walk over all its secrets. */
const replicaRegions = (environment: EnvironmentCatalog): readonly string[] => {
  const known = regionsByEnvironment.get(environment) ?? replicaRegionsOf(environment);
  regionsByEnvironment.set(environment, known);
  return known;
};

const regionsByEnvironment = new WeakMap<EnvironmentCatalog, readonly string[]>();
