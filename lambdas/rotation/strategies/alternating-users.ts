/**
 * `alternating-users`: two users with equal rights take turns. The one whose turn it is gets rights and password while
 * the other, which applications use, is not touched: no connection fails, not even a new one.
 */
import { alternateSuffix, alternateUser } from '../../../lib/contract/index.ts';
import { RotationError } from '../core/rotation-error.ts';
import { whileCurrentIs } from '../core/rotation.ts';
import { credentialOf, isText, type StoredValue } from '../core/secret-value.ts';
import { currentCredential, logsIn, pendingLogsIn } from './credentials.ts';
import { cloneToNext, isTwin, loginsOfClone } from './clone-to-next.ts';
import { refuseBarriers, refuseOtherRefusal } from './other-refusal.ts';
import { pendingRefused, returnToCurrent } from './put-back.ts';
import type { CredentialRotation, SetOutcome, Strategy } from '../core/strategy.ts';
import { setThroughAdmin } from './through-admin.ts';
import { areTwins } from '../core/twins.ts';

export const alternatingUsers: Strategy = {
  name: 'alternating-users',
  hasGrace: true,
  nextUsername: (current, configured) => {
    const inUse = usernameOf(current);
    const base = configured ?? (inUse === undefined ? undefined : firstOf(inUse));
    return base === undefined ? undefined : alternateUser(base, inUse);
  },
  takesTurns: (one, other) => areTwins(one, other),
  usernames: (next) => (next.endsWith(alternateSuffix) ? [next] : [next, alternateUser(next, next)]),
  neededUser: (current, next) => (isTwin(current, next) ? String(current['username']) : next),
  neededLogins: (rotation) => {
    const { current, pending } = rotation;
    if (current['username'] === pending.username) return [];
    return isTwin(current, pending.username) ? loginsOfClone(rotation) : [{ credential: credentialOf(pending) }];
  },
  set: async (rotation) => {
    const { current, pending } = rotation;
    if (current['username'] === pending.username) return setUserInUse(rotation);
    if (isTwin(current, pending.username)) return cloneToNext(rotation);
    // The first rotation, or one to a user of another name: there is nobody whose equal it should be.
    await refuseBarriers(rotation, alternatingUsers.neededLogins(rotation));
    return setThroughAdmin(rotation, {
      confirm: whileCurrentIs(rotation.currentVersion, rotation),
    });
  },
  restore: (rotation, refusal) =>
    Promise.reject(pendingRefused(rotation, 'the user in use was not touched and stays in use', refusal)),
  returnToCurrent,
};

const usernameOf = ({ username }: StoredValue): string | undefined => (isText(username) ? username : undefined);

const firstOf = (username: string): string =>
  username.endsWith(alternateSuffix) ? username.slice(0, -alternateSuffix.length) : username;

/**
 * A value put by hand meanwhile names the very user of the pending version. If that value works, the user must not
 * be touched; if neither it nor the pending one does, there is nothing to lose.
 */
const setUserInUse = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  if (await pendingLogsIn(rotation)) return 'already-set';
  const samePassword = rotation.current['password'] === rotation.pending.password;
  if (!samePassword && (await logsIn(rotation, currentCredential(rotation)))) {
    throw new RotationError(
      'superseded',
      `Secret ${rotation.secret.name}: AWSCURRENT now has user "${rotation.pending.username}", the user whose turn it is; give version ${rotation.token} up and rotate again`,
      { retryable: false },
    );
  }
  await refuseOtherRefusal(rotation, currentCredential(rotation));
  return setThroughAdmin(rotation, { confirm: whileCurrentIs(rotation.currentVersion, rotation) });
};
