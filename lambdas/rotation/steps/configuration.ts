/** Everything that a rotation would need, looked at without touching anything. */
import { randomUUID } from 'node:crypto';
import type { CheckName } from '../../../lib/contract/index.ts';
import { readAdmin } from '../core/admin.ts';
import { desiredValue } from '../core/desired-value.ts';
import { refuseWithinGrace } from '../core/grace.ts';
import type { Admin, AdminTask, Credential, DatabaseAddress, Notice } from '../../databases/port.ts';
import type { RotationPorts } from '../core/ports.ts';
import { refuseProxiesAsReaders } from '../core/readers.ts';
import { isRotationFailure } from '../core/rotation-error.ts';
import { isAuthFailure } from '../../databases/errors.ts';
import { readCurrent, type CurrentVersion, type Rotation } from '../core/rotation.ts';
import { addressOf, credentialOf, namesUser, type CompleteValue } from '../core/secret-value.ts';
import { pendingElsewhere, versionWith } from '../core/stages.ts';
import { refuseForeignMaster } from '../strategies/admin.ts';
import { previousCredential } from '../strategies/credentials.ts';
import { refuseBarriers } from '../strategies/other-refusal.ts';
import { refuseOtherUser } from '../strategies/through-admin.ts';

/** What was known when a check began; it shows how far the check came. */
export type OnCheck = (check: CheckName, outcome: 'begins' | 'absent') => void;

/** What was seen of the credential in AWSCURRENT; an admin's rotation does not depend on it. */
type Configuration = 'current-logs-in' | 'previous-logs-in' | 'admin-may';

/**
 * In the order of `checkNames` as far as the database does not answer for several at once: a login says something of
 * network, TLS and credential together.
 *
 * @throws RotationError whatever a rotation would fail with.
 */
export const checkConfiguration = async (
  rotation: Omit<Rotation, 'token'>,
  onCheck: OnCheck = () => undefined,
  known?: CurrentVersion,
  onNotices: (notices: readonly Notice[]) => void = () => undefined,
): Promise<Configuration> => {
  const { secret, ports } = rotation;
  const what = `secret ${secret.name}`;
  onCheck('value', 'begins');
  const version = known ?? (await readCurrent(rotation));
  const { value: current } = version;
  onNotices(await waits(rotation, version));
  const value = await desiredValue(rotation, current, current['password']);
  const address = await addressOf(value, what, rotation);
  await refuseWrongMaster(rotation, value);
  await refuseProxiesAsReaders(rotation, address);

  onCheck('admin', 'begins');
  const admin = await readAdmin(rotation, value);
  if (!admin) onCheck('admin', 'absent');
  onCheck('network', 'begins');
  const onNotice = (notice: Notice): void => {
    onNotices([notice]);
  };
  if (!admin) return checkOwnLogin(rotation, { current, value, address, onNotice });
  onNotices(await ports.database.checkAdmin(address, admin, taskOf(rotation, current, value)));
  await refuseBarriers({ ...rotation, address, admin }, neededLogins(rotation, { current, value, admin }));
  if (admin !== 'function-role') await checkPolicy(ports, address, admin);
  return 'admin-may';
};

interface Own {
  readonly current: CurrentVersion['value'];
  readonly value: CompleteValue;
  readonly address: DatabaseAddress;
  readonly onNotice: (notice: Notice) => void;
}

const checkOwnLogin = async (
  rotation: Omit<Rotation, 'token'>,
  { current, value, address, onNotice }: Own,
): Promise<Configuration> => {
  const { strategy, settings, ports } = rotation;
  const byRds = strategy.name === 'admin' && settings.host !== undefined && !('name' in settings.host);
  const credential = credentialOf(value);
  if (!byRds) refuseOtherUser({ current, pending: value, secret: rotation.secret });
  try {
    // RDS sets the first password of a master user, even if others know the one before.
    if (byRds && !namesUser(current)) return 'admin-may';
    if (byRds) await ports.database.login(address, credential);
    else await checkOwnChange(ports, address, credential, onNotice);
    await checkPolicy(ports, address, credential);
    return 'current-logs-in';
  } catch (error) {
    if (!isAuthFailure(error)) throw error;
    if (byRds) return 'admin-may';
    // As setSecret does: the one before it repairs a wrong value put by hand.
    const previous = await previousCredential({ ...rotation, current, pending: value });
    if (!previous) throw error;
    await checkOwnChange(ports, address, previous, onNotice).catch((refusal: unknown) => {
      throw isAuthFailure(refusal) ? error : refusal;
    });
    return 'previous-logs-in';
  }
};

const checkOwnChange = (
  { database }: RotationPorts,
  address: DatabaseAddress,
  credential: Credential,
  onNotice: (notice: Notice) => void,
): Promise<void> =>
  database.checkOwnPassword
    ? database.checkOwnPassword(address, credential, onNotice)
    : database.login(address, credential);

/** @throws RotationError `password-refused` if the server demands more than can be generated. */
const checkPolicy = async (
  { database, passwords }: RotationPorts,
  address: DatabaseAddress,
  login: Credential,
): Promise<void> => {
  const policy = await database.passwordPolicy?.(address, login);
  if (policy) passwords.generate(policy);
};

/** Not a failure: the next rotation of the schedule comes after it. */
const waits = async (rotation: Omit<Rotation, 'token'>, current: CurrentVersion): Promise<readonly Notice[]> => {
  try {
    await refuseWithinGrace({ ...rotation, token: '' }, current, { retryable: false });
    return [];
  } catch (error) {
    if (!(isRotationFailure(error) && error.code === 'within-grace')) throw error;
    return [{ code: 'rotation-waits', message: error.message }];
  }
};

/** Whatever password the next user gets, it is not the current one. */
const neededLogins = (
  rotation: Omit<Rotation, 'token'>,
  { current, value, admin }: { current: CurrentVersion['value']; value: CompleteValue; admin: Admin },
) => rotation.strategy.neededLogins({ ...rotation, current, admin, pending: { ...value, password: randomUUID() } });

/** What an admin is to do in the next rotation. */
export const taskOf = (
  { strategy, settings, secret: { stages } }: Omit<Rotation, 'token'>,
  current: CurrentVersion['value'],
  { username }: CompleteValue,
): AdminTask => {
  const needed = strategy.neededUser(current, username);
  return {
    username: needed,
    // Also a secret that leaves two users has one made the equal of the other.
    strategy: needed === username ? strategy.name : 'alternating-users',
    ...(settings.provision && { grants: settings.provision }),
    ...(needed !== username && { twin: username }),
    ...(strategy.name === 'dual-password' && {
      retains: versionWith(stages, 'AWSPREVIOUS') !== undefined || pendingElsewhere(stages) !== undefined,
    }),
  };
};

const refuseWrongMaster = async (
  { settings: { strategy, host }, ports, secret }: Omit<Rotation, 'token'>,
  { username }: CompleteValue,
): Promise<void> => {
  if (strategy !== 'admin' || !host || 'name' in host) return;
  refuseForeignMaster(await ports.instances.describe(host), username, secret.name);
};
