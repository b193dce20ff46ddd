/** What differs between the ways to rotate a database credential; one file a strategy. */
import type { RotationStrategy } from '../../../lib/contract/index.ts';
import type { Admin, Confirm, Credential, DatabaseAddress, LoginBarrier } from '../../databases/port.ts';
import type { Rotation } from './rotation.ts';
import type { CompleteValue, StoredValue } from './secret-value.ts';
import { areTwins } from './twins.ts';

/** A user whose login a rotation depends on. */
export interface NeededLogin {
  readonly credential: Credential;
  /** What of it stops the rotation. @default every barrier */
  readonly stops?: (barrier: LoginBarrier['kind']) => boolean;
}

export interface CredentialRotation extends Rotation {
  /** The value to come, complete. */
  readonly pending: CompleteValue;
  /** The value in use; before the first rotation it can be a lone password. */
  readonly current: StoredValue;
  /** Version id of {@link current}. */
  readonly currentVersion: string;
  readonly address: DatabaseAddress;
  readonly admin: Admin | undefined;
}

/** What is known before anything is changed; a preflight makes up the pending password. */
export type LookedAt = Pick<CredentialRotation, 'ports' | 'secret' | 'settings' | 'pending' | 'current' | 'admin'>;

export type SetOutcome =
  | 'changed'
  /** The pending password was set already: by an earlier try of this step. */
  | 'already-set'
  /** A change whose answer did not come had been committed. */
  | 'set-in-spite-of-error'
  | 'created-by-admin'
  | 'reset-by-admin'
  /** The user whose turn it is was made the equal of the one in use: it is new. */
  | 'clone-created'
  /** The same, of a user who exists. */
  | 'clone-renewed'
  /** The new password is valid at the same time as the current one. */
  | 'added'
  /** RDS set the master password. */
  | 'set-by-rds'
  /** The previous password still logged in; the current one did not. */
  | 'changed-from-previous'
  /** Another worker finished the rotation meanwhile. */
  | 'already-finished';

export interface Strategy {
  readonly name: RotationStrategy;
  /** Whether the credential before the current one stays valid, and so needs a time to be left alone and an end. */
  readonly hasGrace: boolean;
  /** The user whose password the next value holds; `configured` is the one in the tags. */
  nextUsername(current: StoredValue, configured: string | undefined): string | undefined;
  /** Whether two names are those of users who take turns. */
  takesTurns(one: string, other: string): boolean;
  /** Every user that a rotation with this next user makes, sooner or later. */
  usernames(next: string): readonly string[];
  /** The user who must be there for a rotation to `next`, where it is not provisioned. */
  neededUser(current: StoredValue, next: string): string;
  /** The users whose logins a rotation by the admin depends on, as far as the admin can see what keeps them out. */
  neededLogins(rotation: LookedAt): readonly NeededLogin[];
  /** Makes the pending password log in. Idempotent. */
  set(rotation: CredentialRotation): Promise<SetOutcome>;
  /**
   * The pending password is refused though it was set: leaves the database so that the current credential logs in where
   * that is possible, and throws.
   *
   * @throws RotationError `pending-refused`, `no-credential-works`, `master-password-pending`.
   */
  restore(rotation: CredentialRotation, refusal: unknown): Promise<never>;
  /**
   * Makes sure that the current credential logs in, so that the pending one can be given up.
   *
   * @param confirm - whether it is still the current one.
   * @throws RotationError `nothing-to-return-to`.
   */
  returnToCurrent(rotation: CredentialRotation, confirm: Confirm): Promise<void>;
}

/** Strategies with one user take the configured one, or the existing one. */
export const sameUser: Pick<Strategy, 'nextUsername' | 'takesTurns' | 'usernames' | 'neededUser'> = {
  nextUsername: (current, configured) => configured ?? (current['username'] as string | undefined),
  takesTurns: () => false,
  usernames: (next) => [next],
  // Of a secret that has left two users, the one in use gives the other what it has.
  neededUser: ({ username }, next) => (typeof username === 'string' && areTwins(username, next) ? username : next),
};
