/**
 * The rule: who may do what with a secret and its key, from the catalog alone.
 *
 * It knows nothing of how the policies are written. The matrix of test/infra/matrix holds what is deployed against it.
 */
import { keyDeedOf, type KeyAction, keyUse, secretDeedOf, type SecretAction } from './actions.ts';
import type { DeclaredSecret } from './declared.ts';
import { declares, isWithinFences, readersAmong } from './fences.ts';
import { grantsKey, grantsSecret } from './grants.ts';
import type { Principal } from './principals.ts';
import type { AccessRequest, Circumstances, Decision, KeyCircumstances } from './request.ts';

/** A value is read or written where Secrets Manager allows it and, in the caller's name, the key of the secret. */
export const decide = ({ principal, secret, action, circumstances }: AccessRequest): Decision => {
  const [service, name = ''] = action.split(':');
  const allowed =
    service === 'kms'
      ? mayUseKey(secret, principal, name as KeyAction, circumstances.key ?? {}, circumstances)
      : mayUseSecret(secret, principal, name as SecretAction, circumstances);
  return allowed ? 'allowed' : 'denied';
};

const mayUseSecret = (
  secret: DeclaredSecret,
  principal: Principal,
  action: SecretAction,
  circumstances: Circumstances,
): boolean => {
  const deed = secretDeedOf(action);
  if (deed === undefined) return false;
  const guest = isGuest(secret, principal);
  if (principal.account !== secret.environment.account && !guest) return false;
  if (guest && deed !== 'read' && action !== 'DescribeSecret') return false;
  if (deed !== 'look' && !declares(secret, principal, deed)) return false;
  if (!isWithinFences(secret, principal, action, circumstances)) return false;
  if (principal.own === 'nothing' && !grantsSecret(secret, principal, action)) return false;
  const through: KeyCircumstances = { via: 'secretsmanager', context: secret };
  return (keyUse[action] ?? []).every((use) => mayUseKey(secret, principal, use, through, circumstances));
};

/** The key of `secret`, for whichever secret is in the encryption context. */
const mayUseKey = (
  secret: DeclaredSecret,
  principal: Principal,
  action: KeyAction,
  key: KeyCircumstances,
  circumstances: Circumstances,
): boolean => {
  const deed = keyDeedOf(action);
  if (deed === undefined || deed === 'foreign') return false;
  if (principal.account !== secret.environment.account) {
    return deed === 'decrypt' && isForGuest(secret, principal, key, circumstances);
  }
  if (deed !== 'administrate' && !isThroughSecretsManager(secret, key)) return false;
  return principal.own === 'everything' || grantsKey(secret, principal, action, key);
};

/** A key works through Secrets Manager alone, and for the secrets of its environment alone. */
const isThroughSecretsManager = ({ environment }: DeclaredSecret, { via, context }: KeyCircumstances): boolean =>
  via === 'secretsmanager' &&
  context !== undefined &&
  (context === 'validation' || context.environment.name === environment.name);

/** A role of another account that the catalog declares as a reader. */
const isGuest = (secret: DeclaredSecret, principal: Principal): boolean =>
  principal.account !== secret.environment.account && readersAmong(secret, principal).length > 0;

/** Another account gets in by the key's own policy: for exactly the secrets that it reads, from the organisation alone. */
const isForGuest = (
  { environment, sensitivity }: DeclaredSecret,
  principal: Principal,
  { via, context }: KeyCircumstances,
  { organizationId }: Circumstances,
): boolean =>
  via === 'secretsmanager' &&
  context !== undefined &&
  context !== 'validation' &&
  context.environment.name === environment.name &&
  context.sensitivity === sensitivity &&
  isGuest(context, principal) &&
  organizationId === environment.fences?.organizationId;
