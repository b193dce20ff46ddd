/** Everything that a rotation would need, looked at without touching anything. */
import type { CheckName } from '../../lib/contract/index.ts';
import { readAdmin } from './admin.ts';
import { desiredValue } from './desired-value.ts';
import type { AdminTask, Notice } from './ports.ts';
import { readCurrent, type CurrentVersion, type Rotation } from './rotation.ts';
import { addressOf, credentialOf, namesUser, type CompleteValue } from './secret-value.ts';
import { refuseForeignMaster } from './strategies/admin.ts';

/** What stood fast when a check began; for whoever wants to know how far it came. */
export type OnCheck = (check: CheckName, outcome: 'begins' | 'absent') => void;

/**
 * In the order of `checkNames` as far as the database does not answer for several at once: a login says something of
 * network, TLS and credential together.
 *
 * @returns whether the very credential in AWSCURRENT was seen to log in: so it is where no admin is there to be checked.
 * @throws RotationError whatever a rotation would fail with.
 */
export const checkConfiguration = async (
  rotation: Omit<Rotation, 'token'>,
  onCheck: OnCheck = () => undefined,
  known?: CurrentVersion,
  onNotices: (notices: readonly Notice[]) => void = () => undefined,
): Promise<'current-logs-in' | 'admin-may'> => {
  const { secret, ports, settings, strategy } = rotation;
  const what = `secret ${secret.name}`;
  onCheck('value', 'begins');
  const { value: current } = known ?? (await readCurrent(rotation));
  const value = await desiredValue(rotation, current, current['password']);
  const address = await addressOf(value, what, rotation);
  await refuseWrongMaster(rotation, value);

  onCheck('admin', 'begins');
  const admin = await readAdmin(rotation, value);
  if (!admin) onCheck('admin', 'absent');
  onCheck('network', 'begins');
  if (admin) {
    onNotices(await ports.database.checkAdmin(address, admin, taskOf(rotation, current, value)));
    return 'admin-may';
  }
  // RDS sets the first password of a master user, whoever knows the one before.
  const byRds = strategy.name === 'admin' && settings.host !== undefined && !('name' in settings.host);
  if (byRds && !namesUser(current)) return 'admin-may';
  await ports.database.login(address, credentialOf(value));
  return 'current-logs-in';
};

const taskOf = (
  { strategy, settings }: Omit<Rotation, 'token'>,
  current: CurrentVersion['value'],
  { username }: CompleteValue,
): AdminTask => ({
  username: strategy.neededUser(current, username),
  strategy: strategy.name,
  ...(settings.provision && { grants: settings.provision }),
  ...(strategy.neededUser(current, username) !== username && { twin: username }),
});

const refuseWrongMaster = async (
  { settings: { strategy, host }, ports, secret }: Omit<Rotation, 'token'>,
  { username }: CompleteValue,
): Promise<void> => {
  if (strategy !== 'admin' || !host || 'name' in host) return;
  refuseForeignMaster(await ports.instances.describe(host), username, secret.name);
};
