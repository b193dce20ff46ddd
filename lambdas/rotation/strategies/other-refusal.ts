/** Why a login is refused, where an admin can see it: nothing is changed as long as the password is right. */
import type { Credential, LoginBarrier } from '../../databases/port.ts';
import { type RotationFailure, RotationError } from '../core/rotation-error.ts';
import type { CredentialRotation, NeededLogin } from '../core/strategy.ts';

type Asked = Pick<CredentialRotation, 'ports' | 'address' | 'admin' | 'secret'>;

/**
 * Asked once a login was refused, and before an admin sets another password.
 *
 * @throws RotationError `user-disabled`, `login-refused-otherwise`.
 */
export const refuseOtherRefusal = async (rotation: Asked, credential: Credential): Promise<void> => {
  const seen = await inspect(rotation, credential);
  if (seen?.barrier) throw barred(rotation, credential, seen.barrier);
  if (seen?.password === 'matches') {
    throw otherwise(
      rotation,
      credential,
      'the server, its host rules or a pooler in front of it refuses it although the password is right',
    );
  }
};

/**
 * Asked before an admin changes a user who was not seen to log in, and by a preflight: what keeps the user out would keep
 * the new credential out too.
 *
 * @throws RotationError `user-disabled`, `login-refused-otherwise`.
 */
export const refuseBarriers = async (rotation: Asked, needed: readonly NeededLogin[]): Promise<void> => {
  for (const { credential, stops = () => true } of needed) {
    const barrier = (await inspect(rotation, credential))?.barrier;
    if (barrier && stops(barrier.kind)) throw barred(rotation, credential, barrier);
  }
};

const inspect = async ({ ports, address, admin }: Asked, credential: Credential) =>
  admin ? ports.database.inspectUser?.(address, admin, credential) : undefined;

const barred = (rotation: Asked, credential: Credential, { kind, detail }: LoginBarrier): RotationFailure =>
  kind === 'disabled'
    ? new RotationError(
        'user-disabled',
        `Secret ${rotation.secret.name}: user "${credential.username}" is disabled (${detail}), and a rotation does not enable it; find out who disabled it and why, enable it by hand, then rotate`,
        { retryable: false },
      )
    : otherwise(rotation, credential, `${kind}: ${detail}`);

const otherwise = ({ secret }: Asked, { username }: Credential, why: string): RotationFailure =>
  new RotationError(
    'login-refused-otherwise',
    `Secret ${secret.name}: the login of user "${username}" is refused for another reason than its password (${why}); nothing was changed; remove the reason, then rotate`,
    { retryable: false },
  );
