/** Checks the connection of a database: what its engine has and allows. */
import { engineFacts } from '../../contract/index.ts';
import { checkAdmin } from './admin.ts';
import { checkHost } from './host.ts';
import { checkIamAccess } from './iam-access.ts';
import type { DatabaseScope, SecretScope } from './scope.ts';
import { checkUsername } from './username.ts';

export const checkDatabase = (scope: SecretScope): void => {
  if (scope.class !== 'database') return;
  const { engine } = scope.secret;
  if (engine === undefined) return;
  const one: DatabaseScope = { ...scope, engine, facts: engineFacts[engine], strategy: strategyOf(scope) };
  checkDbname(one);
  checkUsername(one);
  if (scope.secret.access === 'iam') {
    checkIamAccess(one);
    return;
  }
  checkHost(one);
  checkAdmin(one);
};

/** `undefined` where the secret does not rotate by itself. */
const strategyOf = ({ path, secret: { rotation, access }, isBroken }: SecretScope): DatabaseScope['strategy'] => {
  if (rotation === 'manual' || access === 'iam' || isBroken([...path, 'rotation', 'strategy'])) return undefined;
  return rotation?.strategy ?? 'single-user';
};

const checkDbname = ({ path, secret: { dbname }, facts, isBroken, report }: DatabaseScope): void => {
  const where = [...path, 'dbname'];
  if (dbname !== undefined && facts.dbname === undefined) {
    report(
      where,
      'key-not-possible',
      `must be left out (got ${dbname}): ${facts.label} has no databases to log in to`,
      'key',
    );
  } else if (dbname === undefined && facts.dbname !== undefined && !isBroken(where)) {
    report(where, 'missing-key', `is missing: ${facts.label} needs it; write the database to log in to`);
  }
};
