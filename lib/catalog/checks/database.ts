/** Checks that a secret has connection facts exactly when it is a database credential, and those that its engine knows. */
import { engineFacts } from '../../contract/index.ts';
import { checkAdmin } from './admin.ts';
import { checkHost } from './host.ts';
import { checkIamAccess } from './iam-access.ts';
import type { DatabaseScope, SecretScope } from './scope.ts';
import { checkUsername } from './username.ts';

const connection = ['engine', 'host', 'dbname', 'username'] as const;
const hints: Readonly<Record<(typeof connection)[number], string>> = {
  engine: 'postgres, or another engine',
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
  const { engine } = scope.secret;
  if (engine === undefined) return;
  const one: DatabaseScope = { ...scope, engine, facts: engineFacts[engine], strategy: strategyOf(scope) };
  checkDbname(one);
  checkUsername(one);
  if (scope.secret.access === 'iam') {
    checkIamAccess(one);
    return;
  }
  refuseResourceId(one);
  checkHost(one);
  checkAdmin(one);
};

/** `undefined` where the secret does not rotate by itself. */
const strategyOf = ({ path, secret: { rotation, access }, isBroken }: SecretScope): DatabaseScope['strategy'] => {
  if (rotation === 'manual' || access === 'iam' || isBroken([...path, 'rotation', 'strategy'])) return undefined;
  return rotation?.strategy ?? 'single-user';
};

const refuseConnection = ({ path, secret, class: name, report }: SecretScope): void => {
  for (const key of [...connection, 'port', 'userId', 'tls', 'readReplicas', 'access', 'resourceId'] as const) {
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
    if (key === 'dbname' && (secret.engine === undefined || engineFacts[secret.engine].dbname === undefined)) continue;
    report([...path, key], `is missing: class database needs it; write ${hints[key]}`);
  }
};

const checkDbname = ({ path, secret: { dbname }, facts, report }: DatabaseScope): void => {
  if (dbname === undefined || facts.dbname !== undefined) return;
  report([...path, 'dbname'], `must be left out (got ${dbname}): ${facts.label} has no databases to log in to`, 'key');
};

const refuseResourceId = ({ path, secret: { resourceId }, report }: DatabaseScope): void => {
  if (resourceId === undefined) return;
  report([...path, 'resourceId'], 'is for access: iam only; write that beside it, or leave it out', 'key');
};
