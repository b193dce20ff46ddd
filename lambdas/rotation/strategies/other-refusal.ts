/** Why a login is refused, where an admin can see it: nothing is changed as long as the password is right. */
import type { Credential } from '../ports.ts';
import { RotationError } from '../rotation-error.ts';
import type { CredentialRotation } from './strategy.ts';

/**
 * Asked once a login was refused, and before an admin sets another password.
 *
 * @throws RotationError `user-disabled`, `login-refused-otherwise`.
 */
export const refuseOtherRefusal = async (
  { ports, address, admin, secret }: Pick<CredentialRotation, 'ports' | 'address' | 'admin' | 'secret'>,
  credential: Credential,
): Promise<void> => {
  const { inspectUser } = ports.database;
  if (!admin || !inspectUser) return;
  const { password, barrier } = await inspectUser(address, admin, credential);
  const { username } = credential;
  if (barrier?.kind === 'disabled') {
    throw new RotationError(
      'user-disabled',
      `Secret ${secret.name}: user "${username}" is disabled (${barrier.detail}), and a rotation does not enable it; find out who disabled it and why, enable it by hand, then rotate`,
      { retryable: false },
    );
  }
  if (barrier === undefined && password !== 'matches') return;
  const why = barrier
    ? `${barrier.kind}: ${barrier.detail}`
    : 'the server, its host rules or a pooler in front of it refuses it although the password is right';
  throw new RotationError(
    'login-refused-otherwise',
    `Secret ${secret.name}: the login of user "${username}" is refused for another reason than its password (${why}); nothing was changed; remove the reason, then rotate`,
    { retryable: false },
  );
};
