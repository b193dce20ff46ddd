/** Changes a user through the admin: creation, grants, a password that its user can't set itself. */
import type { Confirm, UserChange } from '../../databases/port.ts';
import { type RotationFailure, RotationError } from '../core/rotation-error.ts';
import { whilePending } from '../core/rotation.ts';
import { isText } from '../core/secret-value.ts';
import type { CredentialRotation, SetOutcome } from '../core/strategy.ts';

export interface ThroughAdmin extends Pick<UserChange, 'keep'> {
  /** @default whether the token is pending */
  readonly confirm?: Confirm;
}

/** @throws RotationError `username-changed` if AWSCURRENT names another user, and nobody could change that one. */
export const refuseOtherUser = ({
  current: { username },
  pending,
  secret,
}: Pick<CredentialRotation, 'current' | 'pending' | 'secret'>): void => {
  if (isText(username) && username !== pending.username) throw usernameChanged(secret.name, pending.username);
};

const usernameChanged = (name: string, username: string): RotationFailure =>
  new RotationError(
    'username-changed',
    `Secret ${name}: the user changes to "${username}", and no admin is declared that could give it a password`,
    { retryable: false },
  );

/** @throws RotationError `username-changed` if there is no admin. */
export const setThroughAdmin = async (
  rotation: CredentialRotation,
  { keep, confirm = whilePending(rotation) }: ThroughAdmin = {},
): Promise<SetOutcome> => {
  const { ports, address, pending, admin, secret, settings, token } = rotation;
  if (!admin) throw usernameChanged(secret.name, pending.username);
  const change: UserChange = {
    username: pending.username,
    password: pending.password,
    resetPassword: true,
    version: token,
    ...(settings.provision && { grants: settings.provision }),
    ...(keep !== undefined && { keep }),
  };
  const changed = await ports.database.changeUser(address, admin, change, confirm);
  const outcomes = {
    created: 'created-by-admin',
    reset: keep === undefined ? 'reset-by-admin' : 'added',
    unchanged: 'already-set',
    withdrawn: 'already-finished',
  } as const;
  return outcomes[changed];
};
