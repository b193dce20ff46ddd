/**
 * `alternating-users`: two users with equal rights take turns. The one whose turn it is gets rights and password while
 * the other, which applications use, is not touched: no connection fails, not even a new one.
 */
import { alternateSuffix, alternateUser } from '../../../lib/contract/index.ts';
import type { Admin, LoginBarrier } from '../ports.ts';
import { RotationError } from '../rotation-error.ts';
import { whileCurrentIs } from '../rotation.ts';
import { credentialOf, isText, type StoredValue } from '../secret-value.ts';
import { currentCredential, logsIn, pendingLogsIn } from './credentials.ts';
import { refuseBarriers, refuseOtherRefusal, type NeededLogin } from './other-refusal.ts';
import { pendingRefused, returnToCurrent } from './put-back.ts';
import type { CredentialRotation, SetOutcome, Strategy } from './strategy.ts';
import { setThroughAdmin } from './through-admin.ts';
import { areTwins } from './twins.ts';

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
    const next: NeededLogin = { credential: credentialOf(pending) };
    if (!isTwin(current, pending.username)) return [next];
    return [
      // A busy application can have all the connections that its user may have; the other user has its own.
      { credential: currentCredential(rotation), stops: (barrier) => barrier !== 'limit' },
      { ...next, stops: (barrier) => staysOnTwin.includes(barrier) },
    ];
  },
  set: async (rotation) => {
    const { current, pending } = rotation;
    if (current['username'] === pending.username) return setUserInUse(rotation);
    if (isTwin(current, pending.username)) return clone(rotation);
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

/** What keeps the next user out also once it is the equal of the user in use; hosts, certificates and expiry are made equal. */
const staysOnTwin: readonly LoginBarrier['kind'][] = ['disabled', 'limit', 'policy'];

const isTwin = (current: StoredValue, next: string): boolean => {
  const inUse = usernameOf(current);
  return inUse !== undefined && areTwins(inUse, next);
};

const usernameOf = ({ username }: StoredValue): string | undefined => (isText(username) ? username : undefined);

const firstOf = (username: string): string =>
  username.endsWith(alternateSuffix) ? username.slice(0, -alternateSuffix.length) : username;

const clone = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  const { ports, address, current, currentVersion, pending, settings } = rotation;
  const { cloneUser } = ports.database;
  if (!cloneUser) throw impossible(rotation, `${ports.database.engine} can't make a user the equal of another`);
  const wanted = {
    from: String(current['username']),
    to: pending.username,
    password: pending.password,
    ...(settings.provision && { grants: settings.provision }),
  };
  await refuseBarriers(rotation, alternatingUsers.neededLogins(rotation));
  const outcome = await cloneUser(address, adminOf(rotation), wanted, whileCurrentIs(currentVersion, rotation));
  return ({ created: 'clone-created', reset: 'clone-renewed', withdrawn: 'already-finished' } as const)[outcome];
};

/**
 * A value put by hand meanwhile names the very user of the pending version. Where that value works, the user is not to
 * be touched; where neither it nor the pending one does, there is nothing to lose.
 */
const setUserInUse = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  if (await pendingLogsIn(rotation)) return 'already-set';
  const samePassword = rotation.current['password'] === rotation.pending.password;
  if (!samePassword && (await logsIn(rotation, currentCredential(rotation)))) {
    throw new RotationError(
      'superseded',
      `Secret ${rotation.secret.name}: AWSCURRENT now has user "${rotation.pending.username}", whose turn it was to be; give version ${rotation.token} up and rotate again`,
      { retryable: false },
    );
  }
  await refuseOtherRefusal(rotation, currentCredential(rotation));
  return setThroughAdmin(rotation, { confirm: whileCurrentIs(rotation.currentVersion, rotation) });
};

const adminOf = (rotation: CredentialRotation): Admin => {
  if (rotation.admin) return rotation.admin;
  throw impossible(rotation, 'alternating-users is done by an admin user; declare an admin');
};

const impossible = ({ secret }: CredentialRotation, why: string): RotationError =>
  new RotationError('strategy-impossible', `Secret ${secret.name}: ${why}`, { retryable: false });
