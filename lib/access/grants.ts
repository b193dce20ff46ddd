/** What the policies allow that Strongroom gives to a role, beside whatever else the role has. */
import { keyDeedOf, type KeyAction, type SecretAction } from './actions.ts';
import { type DeclaredSecret, secretsOf } from './declared.ts';
import { readersAmong } from './fences.ts';
import { haveSameKey, isNamedIn, keyOwnerOf } from './key.ts';
import type { Position, Principal } from './principals.ts';
import { readingOf } from './reading.ts';
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
  { via, context }: KeyCircumstances,
): boolean => {
  const deed = keyDeedOf(action);
  const describes = (position: Position): boolean =>
    action === 'DescribeKey' &&
    position.as === 'operator' &&
    keyOwnerOf(secret) === 'strongroom' &&
    isOf(secret, position);
  if (principal.positions.some(describes)) return true;
  if (via !== 'secretsmanager' || context === undefined || context === 'validation') return false;
  return principal.positions.some((position) => {
    switch (position.as) {
      case 'consumer':
        return deed === 'decrypt' && mayDecrypt(secret, context, principal, position);
      case 'audit forwarder':
        return deed === 'decrypt' && haveSameKey(secret, context) && isOf(context, position) && context.forSiem;
      case 'rotation function':
      case 'operator':
      case 'break-glass':
        return (deed === 'decrypt' || deed === 'encrypt') && servesWith(secret, context, position);
      case 'deployer':
      case 'root':
        return false;
    }
  });
};

/** By ARN, for the secrets that it reads; by tags, for those of its application: the policy of each secret says which. */
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
    isNamedIn(environment, context, application) &&
    readingOf(environment, declared, consumer) === 'by tags' &&
    declared.secrets.some(
      ({ adopted, sensitivity, readers }) =>
        !adopted && sensitivity === secret.sensitivity && readers.includes(consumer.name),
    )
  );
};

/** The environment's own keys for its secrets by their names, and the keys of adopted secrets as far as they need them. */
const servesWith = (
  secret: DeclaredSecret,
  context: DeclaredSecret,
  position: Position & { as: 'rotation function' | 'operator' | 'break-glass' },
): boolean => {
  const { environment } = position;
  if (keyOwnerOf(secret) === 'strongroom') return isOf(secret, position) && isNamedIn(environment, context);
  if (position.as !== 'rotation function') {
    const isOfAccount =
      context.environment.account === environment.account && context.environment.region === environment.region;
    return isOfAccount && secretsOf(environment).some((one) => haveSameKey(one, secret));
  }
  const serves = (one: DeclaredSecret): boolean =>
    isOf(one, position) &&
    keyOwnerOf(one) === 'organisation' &&
    (one.rotatedFor === position.engine || one.adminFor === position.engine);
  return serves(context) && secretsOf(environment).some((one) => serves(one) && haveSameKey(one, secret));
};

const positionGrants = (
  secret: DeclaredSecret,
  principal: Principal,
  position: Position,
  action: SecretAction,
  { tags }: Circumstances,
): boolean => {
  const isAdoptedHere = keyOwnerOf(secret) !== 'strongroom' && isOf(secret, position);
  switch (position.as) {
    case 'consumer':
      return (
        granted.reader.has(action) &&
        isOf(secret, position) &&
        readersAmong(secret, principal).includes(position.consumer)
      );
    case 'audit forwarder':
      return granted.reader.has(action) && secret.forSiem && isOf(secret, position);
    case 'rotation function':
      if (!isOf(secret, position)) return false;
      if (secret.rotatedFor === position.engine) return granted.rotation.has(action);
      return secret.adminFor === position.engine && granted.reader.has(action);
    case 'operator':
      return (
        granted.operator.has(action) &&
        (isNamedIn(position.environment, secret) || (isAdoptedHere && tags !== undefined))
      );
    case 'break-glass':
      return granted.breakGlass.has(action) && (isNamedIn(position.environment, secret) || isAdoptedHere);
    case 'deployer':
    case 'root':
      return false;
  }
};

const granted = {
  reader: new Set<SecretAction>(['DescribeSecret', 'GetSecretValue']),
  rotation: new Set<SecretAction>(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']),
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
};

const isOf = ({ environment }: DeclaredSecret, position: Position): boolean =>
  position.environment.name === environment.name;
