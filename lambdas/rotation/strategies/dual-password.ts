/** `dual-password`: one user; the new password is valid with the current one until the grace time is over. */
import { whileCurrentIs } from '../core/rotation.ts';
import { credentialOf } from '../core/secret-value.ts';
import { cloneToNext, leavesTwin, loginsOfClone } from './clone-to-next.ts';
import { currentCredential, noCredentialWorks, pendingLogsIn } from './credentials.ts';
import { refuseBarriers } from './other-refusal.ts';
import { pendingRefused, putBackUnlessSet, returnToCurrent } from './put-back.ts';
import { sameUser, type Strategy } from '../core/strategy.ts';
import { setThroughAdmin } from './through-admin.ts';

export const dualPassword: Strategy = {
  ...sameUser,
  name: 'dual-password',
  hasGrace: true,
  neededLogins: (rotation) => {
    if (leavesTwin(rotation)) return loginsOfClone(rotation);
    const { current, pending } = rotation;
    const isKept = current['username'] === pending.username;
    return [{ credential: isKept ? currentCredential(rotation) : credentialOf(pending) }];
  },
  set: async (rotation) => {
    const { current, currentVersion, pending } = rotation;
    if (leavesTwin(rotation)) return cloneToNext(rotation);
    await refuseBarriers(rotation, dualPassword.neededLogins(rotation));
    // A lone password of a first rotation logs in nowhere, and another user's is not this one's: nothing to keep.
    if (current['username'] !== pending.username) return setThroughAdmin(rotation);
    const { password: keep } = currentCredential(rotation);
    if (keep === pending.password && (await pendingLogsIn(rotation))) return 'already-set';
    return setThroughAdmin(rotation, {
      confirm: whileCurrentIs(currentVersion, rotation),
      ...(keep !== pending.password && { keep }),
    });
  },
  // Also where the current one logs in: an engine that uses a mark treats the pending one as set until it has another.
  restore: async (rotation, refusal) => {
    const { admin, current, pending } = rotation;
    if (current['username'] !== pending.username) {
      throw pendingRefused(rotation, 'there is no earlier password to return to', refusal);
    }
    if (!admin) throw noCredentialWorks(rotation);
    return putBackUnlessSet(rotation, admin, refusal);
  },
  // If the current one logs in, the pending one stays valid too until the next rotation: finishSecret can be about to
  // promote it, and what is promoted must log in.
  returnToCurrent,
};
