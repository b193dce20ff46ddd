/** Step 3: proves that the pending credential logs in. */
import { desiredValue } from '../desired-value.ts';
import { findPending, readAdmin, readCurrent, type Rotation } from '../rotation.ts';
import { addressOf, completeValue, credentialOf, namesUser, parseValue } from '../secret-value.ts';
import type { Strategy } from '../strategies/strategy.ts';

export type TestOutcome = 'pending-logs-in' | 'configuration-holds';

/**
 * With `RotateImmediately: false` Secrets Manager runs this step alone, to test the configuration: the pending version
 * then has no value, or a copy of the current one, which before the first rotation names no user.
 */
export const testSecret = async (rotation: Rotation, strategy: Strategy): Promise<TestOutcome> => {
  const { secret, token, ports } = rotation;
  const text = await findPending(rotation);
  const what = `secret ${secret.name}, version ${token}`;
  const value = text === undefined ? undefined : parseValue(text, what);
  if (value === undefined || !namesUser(value)) return checkConfiguration(rotation, strategy);

  const pending = completeValue(value, what, ports.database.engine);
  const current = await readCurrent(rotation);
  const admin = await readAdmin(rotation, pending);
  await strategy.test({ ...rotation, pending, current, admin, address: addressOf(pending, what) });
  return 'pending-logs-in';
};

/** Everything a rotation would need, looked at without touching anything. */
const checkConfiguration = async (rotation: Rotation, strategy: Strategy): Promise<TestOutcome> => {
  const { secret, ports, settings } = rotation;
  const what = `secret ${secret.name}`;
  const current = await readCurrent(rotation);
  const desired = await desiredValue(rotation, strategy, current, current['password']);
  const value = completeValue(desired, what, ports.database.engine);
  const address = addressOf(value, what);
  const admin = await readAdmin(rotation, value);
  if (admin) {
    const grants = settings.provision;
    await ports.database.checkAdmin(address, admin, {
      username: value.username,
      strategy: strategy.name,
      ...(grants && { grants }),
    });
  } else {
    await ports.database.login(address, credentialOf(value));
  }
  return 'configuration-holds';
};
