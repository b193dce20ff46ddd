/** Step 2: makes the database accept the pending credential. */
import { readAdmin } from '../admin.ts';
import { readCurrent, readPending, type Rotation } from '../rotation.ts';
import { addressOf, type CompleteValue } from '../secret-value.ts';
import type { CredentialRotation, SetOutcome } from '../strategies/strategy.ts';

/** Everything is read before anything is changed: a missing value or permission is found while the database is as it was. */
export const setSecret = async (rotation: Rotation): Promise<SetOutcome> => {
  rotation.ports.proofs.remember(rotation.secret, rotation.token);
  const pending = await readPending(rotation);
  return rotation.strategy.set(await credentialRotation(rotation, pending));
};

/** The rotation with all that a strategy needs. */
export const credentialRotation = async (rotation: Rotation, pending: CompleteValue): Promise<CredentialRotation> => {
  const { value: current, versionId: currentVersion } = await readCurrent(rotation);
  const address = addressOf(pending, `secret ${rotation.secret.name}, version ${rotation.token}`, rotation.settings);
  const admin = await readAdmin(rotation, pending);
  return { ...rotation, pending, current, currentVersion, admin, address };
};
