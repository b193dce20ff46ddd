/** Puts the current password back where the pending one came to nothing. */
import type { Admin, Confirm, UserChange } from '../../databases/port.ts';
import { type RotationFailure, isRotationFailure, RotationError } from '../core/rotation-error.ts';
import { whilePending } from '../core/rotation.ts';
import { credentialOf } from '../core/secret-value.ts';
import { currentCredential, logsIn, noCredentialWorks, pendingLogsIn } from './credentials.ts';
import { refuseOtherRefusal } from './other-refusal.ts';
import type { CredentialRotation, Strategy } from '../core/strategy.ts';
import { isOfSecret } from '../core/twins.ts';

/** What testSecret throws: the next try sets the pending password again. */
export const pendingRefused = (
  { secret, pending }: CredentialRotation,
  what: string,
  cause: unknown,
): RotationFailure =>
  new RotationError(
    'pending-refused',
    `Secret ${secret.name}: user "${pending.username}" does not log in with the pending password, although it was set; ${what}`,
    { retryable: true, cause },
  );

/**
 * If the current password logs in, nothing is lost. If it does not, it is put back, so that the application, which
 * has it, can work until the retry of the rotation.
 */
export const restoreCurrent = async (rotation: CredentialRotation, refusal: unknown): Promise<never> => {
  const { current, pending, admin } = rotation;
  if (current['username'] !== pending.username) {
    throw pendingRefused(rotation, 'there is no earlier password to return to', refusal);
  }
  if (await logsIn(rotation, currentCredential(rotation))) {
    throw pendingRefused(rotation, 'the current one logs in and stays in use', refusal);
  }
  if (!admin) throw noCredentialWorks(rotation);
  await refuseOtherRefusal(rotation, currentCredential(rotation));
  return putBackUnlessSet(rotation, admin, refusal);
};

/** The pending password is tried once more under the lock: a worker that set it meanwhile must not be undone. */
export const putBackUnlessSet = async (
  rotation: CredentialRotation,
  admin: Admin,
  refusal: unknown,
): Promise<never> => {
  const stillBroken: Confirm = async () => (await whilePending(rotation)()) && !(await pendingLogsIn(rotation));
  const outcome = await putBack(rotation, admin, stillBroken);
  const what = outcome === 'withdrawn' ? 'another worker set it meanwhile' : 'the current one was put back';
  throw pendingRefused(rotation, what, refusal);
};

/** Only the current password is valid afterwards. The mark is another one, so that the pending one can be set again. */
export const putBack = (rotation: CredentialRotation, admin: Admin, confirm: Confirm) => {
  const { ports, address, token } = rotation;
  const change: UserChange = {
    ...currentCredential(rotation),
    resetPassword: true,
    version: `restored-${token}`,
  };
  return ports.database.changeUser(address, admin, change, confirm);
};

/**
 * Makes sure that the current credential logs in: as it is, through the admin, or as the user itself with the pending
 * password.
 *
 * @throws RotationError `nothing-to-return-to`.
 */
export const returnToCurrent: Strategy['returnToCurrent'] = async (rotation, confirm) => {
  const { ports, address, admin, secret, settings, pending } = rotation;
  const current = currentCredential(rotation);
  if (await logsIn(rotation, current)) return;
  // AWSCURRENT may have been put by hand, with a name of anybody's.
  if (!isOfSecret(current.username, settings.username)) {
    throw new RotationError(
      'nothing-to-return-to',
      `Secret ${secret.name}: AWSCURRENT names user "${current.username}", who does not log in and is not the one that the tags name; put the right value, then roll back`,
      { retryable: false },
    );
  }
  if (admin) {
    await refuseOtherRefusal(rotation, current);
    await putBackWhereThereIsAUser(rotation, admin, confirm);
    return;
  }
  if (current.username === pending.username && (await pendingLogsIn(rotation))) {
    await ports.database.changeOwnPassword(address, credentialOf(pending), current.password, confirm);
    return;
  }
  throw new RotationError(
    'nothing-to-return-to',
    `Secret ${secret.name}: user "${current.username}" does not log in with the current password, and no admin is declared that could restore it; declare an admin, or roll the rotation forward`,
    { retryable: false },
  );
};

/** If there is no such user, the pending password was never set: giving it up loses nothing. */
const putBackWhereThereIsAUser = async (
  rotation: CredentialRotation,
  admin: Admin,
  confirm: Confirm,
): Promise<void> => {
  try {
    await putBack(rotation, admin, confirm);
  } catch (error) {
    if (!(isRotationFailure(error) && error.code === 'user-missing')) throw error;
  }
};
