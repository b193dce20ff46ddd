/** `single-user`: the application's one user gets a new password; it changes it itself, the admin helps where it can't. */
import { engineFacts } from '../../../lib/contract/index.ts';
import type { Credential } from '../../databases/port.ts';
import { DatabaseError, isAuthFailure } from '../../databases/errors.ts';
import { whilePending } from '../core/rotation.ts';
import { credentialOf } from '../core/secret-value.ts';
import { cloneToNext, leavesTwin, loginsOfClone } from './clone-to-next.ts';
import { currentCredential, noCredentialWorks, pendingLogsIn, previousCredential } from './credentials.ts';
import { refuseBarriers, refuseOtherRefusal } from './other-refusal.ts';
import { restoreCurrent, returnToCurrent } from './put-back.ts';
import { sameUser, type CredentialRotation, type LookedAt, type SetOutcome, type Strategy } from '../core/strategy.ts';
import { setThroughAdmin } from './through-admin.ts';

export const singleUser: Strategy = {
  ...sameUser,
  name: 'single-user',
  hasGrace: false,
  neededLogins: (rotation) =>
    leavesTwin(rotation)
      ? loginsOfClone(rotation)
      : [{ credential: isChangedByAdmin(rotation) ? credentialOf(rotation.pending) : currentCredential(rotation) }],
  set: async (rotation) => {
    if (leavesTwin(rotation)) return cloneToNext(rotation);
    if (!isChangedByAdmin(rotation)) return changeAsUser(rotation);
    await refuseBarriers(rotation, singleUser.neededLogins(rotation));
    return setThroughAdmin(rotation);
  },
  restore: restoreCurrent,
  returnToCurrent,
};

const isChangedByAdmin = ({ pending, current, admin, ports, settings }: LookedAt): boolean => {
  const { usersChangedBy, severalAccounts = false } = engineFacts[ports.database.engine];
  // Of several accounts under one name a user changes one only, and the admin all.
  const byUser = usersChangedBy === 'user' && !(severalAccounts && admin);
  const another =
    current['username'] !== pending.username && (admin !== undefined || current['username'] !== undefined);
  // Whose grants are compared anyway gets the password in the same change, over the same connection.
  return !byUser || another || settings.provision !== undefined;
};

/**
 * The normal way, in which no login fails: the current credential first, since in a rotation that was not disturbed it
 * is the one that works.
 */
export const changeAsUser = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  const { pending } = rotation;
  const current = currentCredential(rotation);
  // Equal passwords: this version was finished before, or copied. There is nothing to change, only to see that it holds.
  if (current.password === pending.password) return recover(rotation);
  try {
    return await changeFrom(rotation, current);
  } catch (error) {
    if (isAuthFailure(error)) return recover(rotation);
    if (error instanceof DatabaseError && error.kind === 'locked') await refuseOtherRefusal(rotation, current);
    // An engine, or a server's settings, can leave it to admins.
    if (error instanceof DatabaseError && error.kind === 'privilege' && rotation.admin)
      return setThroughAdmin(rotation);
    if (!(error instanceof DatabaseError && error.uncertain)) throw error;
    // The answer to the change was lost, so it may have been committed: look once, before a retry changes it again.
    if (!(await pendingLogsIn(rotation))) throw error;
    return 'set-in-spite-of-error';
  }
};

/** The current credential is refused, so the pending one is tried, once; then the others that may help. */
const recover = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  if (await pendingLogsIn(rotation)) return 'already-set';
  if (rotation.admin) {
    await refuseOtherRefusal(rotation, currentCredential(rotation));
    return setThroughAdmin(rotation);
  }
  const previous = await previousCredential(rotation);
  if (previous) {
    try {
      const outcome = await changeFrom(rotation, previous);
      return outcome === 'changed' ? 'changed-from-previous' : outcome;
    } catch (error) {
      if (!isAuthFailure(error)) throw error;
    }
  }
  throw noCredentialWorks(rotation);
};

const changeFrom = async (rotation: CredentialRotation, credential: Credential): Promise<SetOutcome> => {
  const { ports, address, pending } = rotation;
  const outcome = await ports.database.changeOwnPassword(address, credential, pending.password, whilePending(rotation));
  return outcome === 'withdrawn' ? 'already-finished' : 'changed';
};
