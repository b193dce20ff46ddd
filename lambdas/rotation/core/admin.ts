/** Who changes users: a user itself, an admin who logs in, or the role of this function. */
import { engineFacts, secretTag } from '../../../lib/contract/index.ts';
import { refuseElsewhere } from './admin-place.ts';
import type { Admin } from '../../databases/port.ts';
import { RotationError } from './rotation-error.ts';
import type { Rotation } from './rotation.ts';
import { addressOf, adminCredential, parseValue, type CompleteValue } from './secret-value.ts';

/**
 * Who may help, where the tags declare an admin or the engine has its own. An admin that the value alone names is none:
 * anyone who may put a value would make it act for them.
 *
 * @param value - as {@link desiredValue} gives it.
 * @throws RotationError `strategy-impossible`, `admin-undeclared`, `admin-missing`, `admin-elsewhere`, `admin-rotating`,
 * and those of {@link adminCredential}.
 */
export const readAdmin = async (
  rotation: Pick<Rotation, 'ports' | 'secret' | 'settings'>,
  value: CompleteValue,
): Promise<Admin | undefined> => {
  const { ports, secret, settings } = rotation;
  if (engineFacts[ports.database.engine].usersChangedBy === 'function-role') {
    refuseUndeclaredUser(rotation);
    return 'function-role';
  }
  refuseWithoutAdmin(rotation, value);
  const masterarn = declaredAdmin(rotation, value);
  if (settings.strategy === 'admin' || masterarn === undefined) return undefined;
  refuseUndeclaredUser(rotation);
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
  await refuseElsewhere(ports, { masterarn, admin }, address, { name: secret.name, settings });
  return credential;
};

/** @throws RotationError `strategy-impossible` if only an admin could do what the strategy does, and there is none. */
export const refuseWithoutAdmin = (
  { ports, secret, settings }: Pick<Rotation, 'ports' | 'secret' | 'settings'>,
  value: CompleteValue,
): void => {
  const { strategy } = settings;
  const { usersChangedBy, label } = engineFacts[ports.database.engine];
  if (usersChangedBy === 'function-role' || strategy === 'admin') return;
  if (declaredAdmin({ settings }, value) !== undefined) return;
  const why =
    strategy === 'single-user'
      ? usersChangedBy === 'admin' && `users of ${label} can't change their own password`
      : `${strategy} is done by an admin user`;
  if (why === false) return;
  const named = value.masterarn ? `; its value names one, but its tags do not: ${howToDeclare}` : '; declare an admin';
  throw new RotationError('strategy-impossible', `Secret ${secret.name}: ${why}${named}`, { retryable: false });
};

const howToDeclare =
  'write rotation.admin in the catalog and deploy; tag an adopted secret with the command that `strongroom handover` prints';

/** Where the admin's credential is, as far as the deployment says so. */
const declaredAdmin = (
  { settings }: Pick<Rotation, 'settings'>,
  { masterarn }: Pick<CompleteValue, 'masterarn'>,
): string | undefined => (settings.admin === undefined || masterarn === '' ? undefined : masterarn);

/**
 * Every other change of a user uses the name that the deployment set: a value could name another application's user.
 * The server is the admin's own.
 *
 * @throws RotationError `admin-undeclared`.
 */
const refuseUndeclaredUser = ({ secret, settings, ports }: Pick<Rotation, 'secret' | 'settings' | 'ports'>): void => {
  // The id of a user is a tag alone, and the engine holds its name to it.
  if (settings.username !== undefined || settings.userId !== undefined) return;
  const byRole = engineFacts[ports.database.engine].usersChangedBy === 'function-role';
  const who = byRole ? "the function's role" : 'an admin';
  throw new RotationError(
    'admin-undeclared',
    `Secret ${secret.name}: ${who} would change a user that only the value names, as there is no tag ${secretTag.username}; declare the database in the catalog and deploy; tag an adopted secret with the command that \`strongroom handover\` prints`,
    { retryable: false },
  );
};
