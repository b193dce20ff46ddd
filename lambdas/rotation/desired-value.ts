/** The next value of a secret: what it has, with the catalog's connection facts over it, and a new password. */
import type { Rotation } from './rotation.ts';
import { RotationError } from './rotation-error.ts';
import type { StoredValue } from './secret-value.ts';
import type { Strategy } from './strategies/strategy.ts';

/**
 * The facts in the tags win over the value; keys of the value that this platform does not know are kept.
 *
 * @throws RotationError `instance-unknown`, `admin-missing`.
 */
export const desiredValue = async (
  rotation: Rotation,
  strategy: Strategy,
  current: StoredValue,
  password: unknown,
): Promise<StoredValue> => {
  const { engine, dbname, username } = rotation.settings;
  return {
    ...current,
    engine: engine ?? current['engine'] ?? rotation.ports.database.engine,
    ...(await place(rotation)),
    ...(dbname !== undefined && { dbname }),
    username: strategy.nextUsername(current, username),
    password,
  };
};

/** Where the database and its admin are. */
const place = async ({ ports, settings: { host, port, admin } }: Rotation): Promise<StoredValue> => {
  const adminSecret = admin && 'secret' in admin ? { masterarn: admin.secret } : {};
  if (!host || 'name' in host) {
    return {
      ...(host && { host: host.name, dbInstanceIdentifier: undefined }),
      ...(port !== undefined && { port }),
      ...adminSecret,
    };
  }
  const instance = await ports.instances.describe(host);
  const managed = admin && 'managedBy' in admin;
  if (managed && !instance.masterSecretArn) {
    throw new RotationError(
      'admin-missing',
      `RDS does not manage the master credential of instance ${host.rds}: turn on ManageMasterUserPassword, or name an admin secret`,
      { retryable: false },
    );
  }
  return {
    host: instance.host,
    port: port ?? instance.port,
    dbInstanceIdentifier: host.rds,
    ...(managed ? { masterarn: instance.masterSecretArn } : adminSecret),
  };
};
