/** Checks that a secret has connection facts exactly when it is a database credential, and an admin where it needs one. */
import type { Path } from '../show-value.ts';
import type { SecretScope } from './scope.ts';

const connection = ['engine', 'host', 'dbname', 'username'] as const;
const hints: Readonly<Record<(typeof connection)[number], string>> = {
  engine: 'postgres',
  host: '{ rds: IDENTIFIER } or a host name',
  dbname: 'the database to log in to',
  username: 'the user whose password this is',
};

export const checkDatabase = (scope: SecretScope): void => {
  if (scope.class !== 'database') {
    refuseConnection(scope);
    return;
  }
  requireConnection(scope);
  refusePortOfRds(scope);
  refuseReservedNames(scope);
  requireAdminForGenerated(scope);
};

const refuseConnection = ({ path, secret, class: name, report }: SecretScope): void => {
  for (const key of [...connection, 'port'] as const) {
    if (secret[key] === undefined) continue;
    report(
      [...path, key],
      `belongs to class database only (this is ${name}); leave it out, or write class: database`,
      'key',
    );
  }
};

const requireConnection = ({ path, secret, isBroken, report }: SecretScope): void => {
  for (const key of connection) {
    if (secret[key] !== undefined || isBroken([...path, key])) continue;
    report([...path, key], `is missing: class database needs it; write ${hints[key]}`);
  }
};

const refusePortOfRds = ({ path, secret, report }: SecretScope): void => {
  if (secret.port === undefined || typeof secret.host !== 'object') return;
  report([...path, 'port'], `must be left out (got ${secret.port}): RDS tells the port of host.rds`, 'key');
};

const refuseReservedNames = ({ path, secret, report }: SecretScope): void => {
  const refuse = (where: Path, name: string): void => {
    report(where, `must not be a name that PostgreSQL keeps for itself (got ${name}); choose another`);
  };
  if (secret.username !== undefined && /^(pg_|public$|none$)/i.test(secret.username)) {
    refuse([...path, 'username'], secret.username);
  }
  const { rotation } = secret;
  const grants = typeof rotation === 'object' ? (rotation.provision?.grants ?? {}) : {};
  for (const schema of Object.keys(grants)) {
    if (/^(pg_|information_schema$)/i.test(schema))
      refuse([...path, 'rotation', 'provision', 'grants', schema], schema);
  }
};

/** Nobody has seen a generated password: only an admin can give it to the database. */
const requireAdminForGenerated = ({ path, secret, defaults, isBroken, report }: SecretScope): void => {
  if ((secret.value ?? defaults.value) !== 'generated' || isBroken([...path, 'rotation'])) return;
  if (isBroken([...path, 'value'])) return;
  if (typeof secret.rotation === 'object' && secret.rotation.admin !== undefined) return;
  report(
    [...path, 'rotation', 'admin'],
    'is missing: the database learns a generated password only through an admin; ' +
      'write { managedBy: rds } or the name of a secret, or value: supplied where the user has a password already',
  );
};
