/**
 * The rule: who may do what with a secret and its key, from the catalog alone.
 *
 * It reads no policy. test/infra/access/matrix compares it with the synthesised policies.
 */
import { decideForAccount } from './account.ts';
import { keyAccessLevelOf, type KeyAction, keyUse, secretAccessLevelOf, type SecretAction } from './actions.ts';
import { type DeclaredSecret, isReplica } from './declared.ts';
import { declares, isWithinFences, marks, readersAmong } from './fences.ts';
import { grantsKey, grantsSecret } from './grants.ts';
import { haveSameKey, isServedIn, isViaSecretsManager, keyOwnerOf } from './key.ts';
import type { Principal } from './principals.ts';
import type { AccessRequest, Circumstances, Decision, KeyCircumstances } from './request.ts';

/** A value can be read or written if both Secrets Manager and, in the caller's name, the key of the secret allow it. */
export const decide = ({ principal, secret, action, circumstances }: AccessRequest): Decision => {
  const [service, name = ''] = action.split(':');
  const allowed =
    service === 'kms'
      ? mayUseKey(secret, principal, name as KeyAction, circumstances.key ?? {}, circumstances)
      : action === 'secretsmanager:BatchGetSecretValue'
        ? mayReadInBatch(secret, principal, circumstances)
        : mayUseSecret(secret, principal, name as SecretAction, circumstances);
  return allowed ? 'allowed' : 'denied';
};

/**
 * A batch contains a secret if its caller can read the secret alone, and can request batches:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
const mayReadInBatch = (secret: DeclaredSecret, principal: Principal, circumstances: Circumstances): boolean =>
  principal.account !== undefined &&
  decideForAccount({ principal, account: principal.account, action: 'secretsmanager:BatchGetSecretValue' }) ===
    'allowed' &&
  mayUseSecret(secret, principal, 'GetSecretValue', circumstances);

const mayUseSecret = (
  secret: DeclaredSecret,
  principal: Principal,
  action: SecretAction,
  circumstances: Circumstances,
): boolean => {
  const level = secretAccessLevelOf(action);
  if (level === undefined) return false;
  const isForeign = isCrossAccountReader(secret, principal);
  if (principal.account !== secret.environment.account && !isForeign) return false;
  if (isForeign && level !== 'read' && action !== 'DescribeSecret') return false;
  const hasPart = declares(secret, principal, level) || marks(secret, principal, action, circumstances);
  if (level !== 'look' && !hasPart) return false;
  if (!isWithinFences(secret, principal, action, circumstances)) return false;
  if (principal.own === 'nothing' && !grantsSecret(secret, principal, action, circumstances)) return false;
  const through: KeyCircumstances = { via: 'secretsmanager', context: secret };
  return (keyUse[action] ?? []).every((use) => mayUseKey(secret, principal, use, through, circumstances));
};

/** The key of `secret`, with any secret in the encryption context. */
const mayUseKey = (
  secret: DeclaredSecret,
  principal: Principal,
  action: KeyAction,
  key: KeyCircumstances,
  circumstances: Circumstances,
): boolean => {
  const level = keyAccessLevelOf(action);
  if (level === undefined) return false;
  const isOfAccount = principal.account === secret.environment.account;
  switch (keyOwnerOf(secret)) {
    case 'strongroom':
      if (level === 'foreign' || (level === 'replicate' && !isReplica(secret))) return false;
      if (!isOfAccount) return level === 'decrypt' && servesCrossAccountReader(secret, principal, key, circumstances);
      if (level !== 'administrate' && !isThroughSecretsManager(secret, key)) return false;
      return principal.own === 'everything' || grantsKey(secret, principal, action, key);
    case 'organisation':
      // Its policy is not ours. Like the default policy of KMS, it leaves the decision to the account.
      return isOfAccount && (principal.own === 'everything' || grantsKey(secret, principal, action, key));
    case 'AWS':
      return isOfAccount && isViaSecretsManager(secret, key) && (level === 'decrypt' || level === 'encrypt');
  }
};

/** A key can be used only through Secrets Manager, and only for the secrets of its environment. */
const isThroughSecretsManager = (secret: DeclaredSecret, key: KeyCircumstances): boolean =>
  isViaSecretsManager(secret, key) &&
  key.context !== undefined &&
  (key.context === 'validation' || isServedIn(secret.environment, secret.region, key.context));

/** A role of another account that the catalog declares as a reader. */
const isCrossAccountReader = (secret: DeclaredSecret, principal: Principal): boolean =>
  principal.account !== secret.environment.account && readersAmong(secret, principal).length > 0;

/** The key's own policy allows another account: only for the secrets that it reads, and only from the organisation. */
const servesCrossAccountReader = (
  secret: DeclaredSecret,
  principal: Principal,
  key: KeyCircumstances,
  { organizationId }: Circumstances,
): boolean =>
  isViaSecretsManager(secret, key) &&
  key.context !== undefined &&
  key.context !== 'validation' &&
  haveSameKey(secret, key.context) &&
  isCrossAccountReader(key.context, principal) &&
  organizationId === secret.environment.fences?.organizationId;
