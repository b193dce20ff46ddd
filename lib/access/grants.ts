/** What the policies allow that Strongroom gives to a role, beside whatever else the role has. */
import { keyDeedOf, type KeyAction, type SecretAction } from './actions.ts';
import type { DeclaredSecret } from './declared.ts';
import { readersAmong } from './fences.ts';
import type { Position, Principal } from './principals.ts';
import { readingOf } from './reading.ts';
import type { KeyCircumstances } from './request.ts';

/** Whether a policy of Strongroom's allows the action on the secret. */
export const grantsSecret = (secret: DeclaredSecret, principal: Principal, action: SecretAction): boolean =>
  principal.positions.some((position) => positionGrants(secret, principal, position, action));

/** Whether a policy of Strongroom's allows the action on the key of `secret`. */
export const grantsKey = (
  secret: DeclaredSecret,
  principal: Principal,
  action: KeyAction,
  { via, context }: KeyCircumstances,
): boolean => {
  const deed = keyDeedOf(action);
  const describes = (position: Position): boolean =>
    action === 'DescribeKey' && position.as === 'operator' && isOf(secret, position);
  if (principal.positions.some(describes)) return true;
  if (via !== 'secretsmanager' || context === undefined || context === 'validation') return false;
  const ownKey = context.sensitivity === secret.sensitivity;
  return principal.positions.some((position) => {
    if (!isOf(secret, position) || !isOf(context, position)) return false;
    switch (position.as) {
      case 'consumer':
        return deed === 'decrypt' && ownKey && mayDecrypt(context, principal, position);
      case 'audit forwarder':
        return deed === 'decrypt' && ownKey && context.forSiem;
      case 'rotation function':
      case 'operator':
      case 'break-glass':
        return deed === 'decrypt' || deed === 'encrypt';
      case 'deployer':
      case 'root':
        return false;
    }
  });
};

/** By ARN, for the secrets that it reads; by tags, for those of its application: the policy of each secret says which. */
const mayDecrypt = (
  context: DeclaredSecret,
  principal: Principal,
  { environment, application, consumer }: Position & { as: 'consumer' },
): boolean => {
  if (readersAmong(context, principal).includes(consumer)) return true;
  const declared = environment.applications.find(({ name }) => name === application);
  return (
    context.application === application &&
    declared !== undefined &&
    readingOf(environment, declared, consumer) === 'by tags'
  );
};

const positionGrants = (
  secret: DeclaredSecret,
  principal: Principal,
  position: Position,
  action: SecretAction,
): boolean => {
  if (!isOf(secret, position)) return false;
  switch (position.as) {
    case 'consumer':
      return granted.reader.has(action) && readersAmong(secret, principal).includes(position.consumer);
    case 'audit forwarder':
      return granted.reader.has(action) && secret.forSiem;
    case 'rotation function':
      if (secret.rotatedFor === position.engine) return granted.rotation.has(action);
      return secret.adminFor === position.engine && granted.reader.has(action);
    case 'operator':
      return granted.operator.has(action);
    case 'break-glass':
      return granted.breakGlass.has(action);
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
