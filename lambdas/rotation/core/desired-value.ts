/** The next value of a secret: what it has, with the catalog's connection facts over it, and a new password. */
import { rewriteCopies } from './copied-credentials.ts';
import type { Instance } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import type { Rotation } from './rotation.ts';
import { completeValue, isText, refuseLongName, type CompleteValue, type StoredValue } from './secret-value.ts';

/**
 * The facts in the tags win over the value. Keys of the value that this platform does not know are kept; connection
 * strings among them get the new credential.
 *
 * @param username - @default the one whose turn it is
 * @throws RotationError `instance-unknown`, `admin-missing`, `admin-managed-by-rds`, and those of {@link completeValue}
 * and {@link rewriteCopies}.
 */
export const desiredValue = async (
  rotation: Omit<Rotation, 'token'>,
  current: StoredValue,
  password: unknown,
  username = rotation.strategy.nextUsername(current, rotation.settings.username),
): Promise<CompleteValue> => {
  const { settings, strategy, ports, secret } = rotation;
  const what = `secret ${secret.name}`;
  const value = {
    ...current,
    engine: settings.engine ?? current['engine'] ?? ports.database.engine,
    ...(await place(rotation)),
    ...(settings.dbname !== undefined && { dbname: settings.dbname }),
    ...tls(rotation, current),
    username,
    password,
  };
  const complete = completeValue(value, what, ports.database.engine);
  for (const username of strategy.usernames(complete.username)) refuseLongName(username, what, ports.database.engine);
  return { ...complete, ...copies(current, complete, what) };
};

/** Before its first rotation a value can be a lone password, of the user that the tags name. */
const copies = (current: StoredValue, { username, password }: CompleteValue, what: string): StoredValue => {
  const { username: before = username, password: old } = current;
  if (!isText(before) || !isText(old)) return {};
  return rewriteCopies(current, { from: { username: before, password: old }, to: { username, password } }, what);
};

/**
 * What is stored of a {@link desiredValue}: the keys that the value had, in the form that they had, and those that the
 * catalog declares. An engine's standard port or database is for the rotation alone: applications were not given it. Only
 * a lone password gets every key that a login needs.
 */
export const inStoredShape = (
  desired: CompleteValue,
  current: StoredValue,
  { engine, host, port, dbname, endpoint }: Rotation['settings'],
): StoredValue => {
  // Secrets Manager generated it: nobody has given it a shape yet.
  if (!isText(current['username'])) return desired;
  const onRds = host !== undefined && !('name' in host);
  const declared = {
    engine: engine !== undefined,
    port: port !== undefined || endpoint !== undefined || onRds,
    dbname: dbname !== undefined,
  };
  const left = (['engine', 'port', 'dbname'] as const).filter((key) => !(key in current) && !declared[key]);
  const { port: portText } = current;
  return {
    ...desired,
    ...(typeof portText === 'string' && Number(portText) === desired.port && { port: portText }),
    ...Object.fromEntries(left.map((key) => [key, undefined])),
  };
};

/** Where the database and its admin are. */
const place = async (rotation: Omit<Rotation, 'token'>): Promise<StoredValue> => {
  const { host, port, admin, endpoint } = rotation.settings;
  const adminSecret = admin && 'secret' in admin ? { masterarn: admin.secret } : {};
  if (!host || 'name' in host) {
    return {
      ...(host && { host: host.name, dbInstanceIdentifier: undefined, dbClusterIdentifier: undefined }),
      ...(port !== undefined && { port }),
      ...endpoint,
      ...adminSecret,
    };
  }
  const instance = await rotation.ports.instances.describe(host);
  return {
    host: instance.host,
    port: port ?? instance.port,
    dbInstanceIdentifier: 'rds' in host ? host.rds : undefined,
    dbClusterIdentifier: 'rdsCluster' in host ? host.rdsCluster : undefined,
    ...endpoint,
    ...(admin && 'managedBy' in admin ? { masterarn: managedAdmin(host, instance) } : adminSecret),
  };
};

const managedAdmin = (host: { readonly rds: string } | { readonly rdsCluster: string }, instance: Instance): string => {
  if (isText(instance.masterSecretArn)) return instance.masterSecretArn;
  const which = 'rds' in host ? `instance ${host.rds}` : `cluster ${host.rdsCluster}`;
  throw new RotationError(
    'admin-missing',
    `RDS does not manage the master credential of ${which}: turn on ManageMasterUserPassword, or name an admin secret`,
    { retryable: false },
  );
};

/** Where the catalog speaks for the secret, TLS is on as soon as it does not say otherwise. */
const tls = ({ settings }: Pick<Rotation, 'settings'>, { ssl }: StoredValue): StoredValue => {
  const { servername } = settings;
  if (settings.tls === 'disable') return { ssl: false, servername: undefined };
  const wasOff = ssl === false || ssl === 'false';
  return {
    ...(settings.engine !== undefined && wasOff && { ssl: undefined }),
    ...(servername !== undefined && { servername }),
  };
};
