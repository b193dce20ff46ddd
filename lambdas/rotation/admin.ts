/** Who changes users: a user itself, an admin who logs in, or the role of this function. */
import { engineFacts } from '../../lib/contract/index.ts';
import { refuseElsewhere } from './admin-place.ts';
import type { Admin, Credential } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import type { Rotation } from './rotation.ts';
import { addressOf, adminCredential, parseValue, type CompleteValue } from './secret-value.ts';

/**
 * The credential of an admin who logs in, for engines that know no other.
 *
 * @throws RotationError `admin-missing` for the function's role, which no database server knows.
 */
export const loginOf = (admin: Admin): Credential => {
  if (admin !== 'function-role') return admin;
  throw new RotationError('admin-missing', 'This engine needs an admin user who logs in: declare one', {
    retryable: false,
  });
};

/**
 * Who may help, where the value names an admin or the engine has its own.
 *
 * @throws RotationError `strategy-impossible`, `admin-missing`, `admin-elsewhere`, `admin-rotating`, and those of
 * {@link adminCredential}.
 */
export const readAdmin = async (
  rotation: Pick<Rotation, 'ports' | 'secret' | 'settings'>,
  value: CompleteValue,
): Promise<Admin | undefined> => {
  const { ports, secret, settings } = rotation;
  if (engineFacts[ports.database.engine].usersChangedBy === 'function-role') return 'function-role';
  refuseWithoutAdmin(rotation, value);
  const { masterarn } = value;
  if (settings.strategy === 'admin' || masterarn === undefined || masterarn === '') return undefined;
  const version = await ports.versions.read(masterarn, { stage: 'AWSCURRENT' });
  if (version === undefined) {
    throw new RotationError('admin-missing', `The admin's secret ${masterarn} does not exist or has no value`, {
      retryable: false,
    });
  }
  const what = `the admin's secret ${masterarn}`;
  const admin = parseValue(version.value, what);
  const credential = adminCredential(admin, what);
  const address = await addressOf(value, `secret ${secret.name}`, rotation);
  await refuseElsewhere(ports, { masterarn, admin }, address, secret.name);
  return credential;
};

/** @throws RotationError `strategy-impossible` where only an admin could do what the strategy does, and there is none. */
export const refuseWithoutAdmin = (
  { ports, secret, settings: { strategy } }: Pick<Rotation, 'ports' | 'secret' | 'settings'>,
  { masterarn = '' }: CompleteValue,
): void => {
  const { usersChangedBy, label } = engineFacts[ports.database.engine];
  if (usersChangedBy === 'function-role' || strategy === 'admin' || masterarn !== '') return;
  const why =
    strategy === 'single-user'
      ? usersChangedBy === 'admin' && `users of ${label} can't change their own password`
      : `${strategy} is done by an admin user`;
  if (why === false) return;
  throw new RotationError('strategy-impossible', `Secret ${secret.name}: ${why}; declare an admin`, {
    retryable: false,
  });
};
