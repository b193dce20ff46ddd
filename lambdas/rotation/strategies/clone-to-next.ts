/** Makes the user whose turn comes the equal of the one in use, also where a secret leaves `alternating-users`. */
import type { LoginBarrier } from '../../databases/port.ts';
import { type RotationFailure, RotationError } from '../core/rotation-error.ts';
import { whileCurrentIs } from '../core/rotation.ts';
import { credentialOf, isText, type StoredValue } from '../core/secret-value.ts';
import { currentCredential } from './credentials.ts';
import type { NeededLogin } from '../core/strategy.ts';
import { refuseBarriers } from './other-refusal.ts';
import type { CredentialRotation, LookedAt, SetOutcome } from '../core/strategy.ts';
import { areTwins } from '../core/twins.ts';

/** Whether the user in use and the next one are the two that take turns. */
export const isTwin = ({ username }: StoredValue, next: string): boolean =>
  isText(username) && areTwins(username, next);

/** What keeps the next user out also once it is the equal of the user in use; hosts, certificates and expiry are made equal. */
const staysOnTwin: readonly LoginBarrier['kind'][] = ['disabled', 'limit', 'policy'];

export const loginsOfClone = (rotation: LookedAt): readonly NeededLogin[] => [
  // A busy application can have all the connections that its user may have; the other user has its own.
  { credential: currentCredential(rotation), stops: (barrier) => barrier !== 'limit' },
  { credential: credentialOf(rotation.pending), stops: (barrier) => staysOnTwin.includes(barrier) },
];

/**
 * Whether a secret that has left `alternating-users` still has the second user in use. The first one gets what it has, and
 * the second one stays as it is until its grace time is over.
 */
export const leavesTwin = ({ current, pending, admin, ports }: LookedAt): boolean =>
  admin !== undefined && ports.database.cloneUser !== undefined && isTwin(current, pending.username);

export const cloneToNext = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  const { ports, address, admin, current, currentVersion, pending, settings } = rotation;
  const { cloneUser } = ports.database;
  if (!cloneUser) throw impossible(rotation, `${ports.database.engine} can't make a user the equal of another`);
  if (!admin) throw impossible(rotation, 'a user is made the equal of another by an admin user; declare an admin');
  const wanted = {
    from: String(current['username']),
    to: pending.username,
    password: pending.password,
    ...(settings.provision && { grants: settings.provision }),
  };
  await refuseBarriers(rotation, loginsOfClone(rotation));
  const outcome = await cloneUser(address, admin, wanted, whileCurrentIs(currentVersion, rotation));
  return ({ created: 'clone-created', reset: 'clone-renewed', withdrawn: 'already-finished' } as const)[outcome];
};

const impossible = ({ secret }: CredentialRotation, why: string): RotationFailure =>
  new RotationError('strategy-impossible', `Secret ${secret.name}: ${why}`, { retryable: false });
