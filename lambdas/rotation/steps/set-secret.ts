/** Step 2: makes the database accept the pending credential. */
import { readAdmin, readCurrent, readPending, type Rotation } from '../rotation.ts';
import { addressOf } from '../secret-value.ts';
import type { SetOutcome, Strategy } from '../strategies/strategy.ts';

/** Everything is read before anything is changed: a missing value or permission is found while the database is as it was. */
export const setSecret = async (rotation: Rotation, strategy: Strategy): Promise<SetOutcome> => {
  const pending = await readPending(rotation);
  const current = await readCurrent(rotation);
  const admin = await readAdmin(rotation, pending);
  const address = addressOf(pending, `secret ${rotation.secret.name}`);
  return strategy.set({ ...rotation, pending, current, admin, address });
};
