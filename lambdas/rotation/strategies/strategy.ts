/** What differs between the ways to rotate a database credential; one file a strategy. */
import type { RotationStrategy } from '../../../lib/contract/index.ts';
import type { Credential, DatabaseAddress } from '../ports.ts';
import type { Rotation } from '../rotation.ts';
import type { CompleteValue, StoredValue } from '../secret-value.ts';

export interface CredentialRotation extends Rotation {
  /** The value to come, complete. */
  readonly pending: CompleteValue;
  /** The value in use; before the first rotation it can be a lone password. */
  readonly current: StoredValue;
  readonly address: DatabaseAddress;
  readonly admin: Credential | undefined;
}

export type SetOutcome =
  | 'changed'
  /** The pending password was set already: by an earlier try of this step. */
  | 'already-set'
  /** A change whose answer did not come had been committed. */
  | 'set-in-spite-of-error'
  | 'created-by-admin'
  | 'reset-by-admin'
  /** The previous password still logged in; the current one did not. */
  | 'changed-from-previous'
  /** Another worker finished the rotation meanwhile. */
  | 'already-finished';

export interface Strategy {
  readonly name: RotationStrategy;
  /** The user whose password the next value holds; `configured` is the one in the tags. */
  nextUsername(current: StoredValue, configured: string | undefined): string | undefined;
  /** Makes the pending password log in. Idempotent. */
  set(rotation: CredentialRotation): Promise<SetOutcome>;
  /** Proves that it does; where it does not, leaves the database so that a stored credential logs in, and throws. */
  test(rotation: CredentialRotation): Promise<void>;
}
