/** The credentials of a rotation, and looking whether one of them logs in. */
import type { Credential } from '../../databases/port.ts';
import { type RotationFailure, RotationError } from '../core/rotation-error.ts';
import { isAuthFailure } from '../../databases/errors.ts';
import { credentialOf, isText, parseValue } from '../core/secret-value.ts';
import type { CredentialRotation } from '../core/strategy.ts';

/**
 * Before its first rotation the current value can be a lone password: the user is then the configured one.
 *
 * @throws RotationError `value-incomplete`.
 */
export const currentCredential = ({
  current,
  pending,
  secret,
}: Pick<CredentialRotation, 'current' | 'pending' | 'secret'>): Credential => {
  const { username, password } = current;
  if (isText(password)) return { username: isText(username) ? username : pending.username, password };
  throw new RotationError(
    'value-incomplete',
    `The value of secret ${secret.name}, AWSCURRENT lacks a usable password`,
    { retryable: false },
  );
};

/** The one in AWSPREVIOUS, where it is of the same user and not tried yet. */
export const previousCredential = async ({
  ports,
  secret,
  current,
  pending,
}: Pick<CredentialRotation, 'ports' | 'secret' | 'current' | 'pending'>): Promise<Credential | undefined> => {
  const version = await ports.versions.read(secret.arn, { stage: 'AWSPREVIOUS' });
  if (version === undefined) return undefined;
  const { username, password } = parseValue(version.value, `secret ${secret.name}, AWSPREVIOUS`);
  const untried = password !== current['password'] && password !== pending.password;
  return username === pending.username && isText(password) && untried
    ? { username: pending.username, password }
    : undefined;
};

/** Tries a credential once. An error that says nothing about the credential is thrown. */
export const logsIn = async (
  { ports, address }: Pick<CredentialRotation, 'ports' | 'address'>,
  credential: Credential,
): Promise<boolean> => {
  try {
    await ports.database.login(address, credential);
    return true;
  } catch (error) {
    if (isAuthFailure(error)) return false;
    throw error;
  }
};

export const pendingLogsIn = (rotation: CredentialRotation): Promise<boolean> =>
  logsIn(rotation, credentialOf(rotation.pending));

export const noCredentialWorks = ({ secret, pending }: CredentialRotation): RotationFailure =>
  new RotationError(
    'no-credential-works',
    `Secret ${secret.name}: user "${pending.username}" logs in with none of the stored passwords, and no admin is declared; set its password to the AWSCURRENT one, or declare an admin, then rotate`,
    { retryable: false },
  );
