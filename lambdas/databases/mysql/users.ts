/** What an admin does to a user, under the user's lock. */
import type { UserChange, UserChanged } from '../port.ts';
import { EngineError } from '../errors.ts';
import { newAccount, type Account } from './account.ts';
import type { Dialect } from './dialect.ts';
import type { Right } from './grant-lines.ts';
import { catalogRights, reconcileRights, rightsOf } from './grants.ts';
import { refuseDisabled } from './inspect.ts';
import { createAccount, setPassword, setPasswordBeside } from './passwords.ts';
import type { Session } from './session.ts';

/** Creates or changes the user: all of its accounts. A new one may come from every host. */
export const applyUserChange = async (
  session: Session,
  dialect: Dialect,
  { username, password, resetPassword, grants, keep, onRevoked }: UserChange,
): Promise<UserChanged> => {
  const accounts = await findUser(session, dialect, username);
  if (accounts.length === 0 && !grants) throw userMissing(username);
  const rights = grants && (await catalogRights(session, dialect, grants));

  if (resetPassword) await refuseDisabled(session, accounts);

  const created = accounts.length === 0 ? [everywhere(dialect, username)] : [];
  // The password comes last: until then nobody logs in with less than all rights.
  for (const account of created) await createAccount(session, dialect, account);
  if (rights) {
    for (const account of [...accounts, ...created]) await reconcileRights(session, account, rights, onRevoked);
  }

  if (created.length > 0) {
    await setPassword(session, dialect, created, password);
    return 'created';
  }
  if (!resetPassword) return 'unchanged';
  if (keep !== undefined) return setPasswordBeside(session, dialect, accounts, { password, keep });
  await setPassword(session, dialect, accounts, password);
  return 'reset';
};

/**
 * The accounts of an application's user; none where it does not exist.
 *
 * @throws EngineError `user-reserved`; DatabaseError `database-privilege` if the admin may not look.
 */
export const findUser = async (session: Session, dialect: Dialect, username: string): Promise<readonly Account[]> => {
  if (username === session.username) throw userReserved(username, 'the admin itself');
  if (systemUsers.test(username)) throw userReserved(username, 'one that the server or RDS keeps for itself');
  const accounts = await dialect.accounts(session, username);
  for (const account of accounts) {
    const right = (await rightsOf(session, account)).find(isReserved);
    if (right) throw userReserved(username, `one who may do more than an application (${right.name})`);
  }
  return accounts;
};

export const userMissing = (username: string): EngineError =>
  new EngineError(
    'user-missing',
    `User "${username}" does not exist: create it, or declare "provision" in the catalog`,
    { retryable: false },
  );

/** As the server would make it for a name without a host. */
const everywhere = ({ defaultPlugin }: Dialect, username: string): Account =>
  newAccount({ username, host: '%' }, [{ plugin: defaultPlugin, hash: '' }]);

const systemUsers = /^(?:mysql\.(?:sys|session|infoschema)|mariadb\.sys|rdsadmin|rdsrepladmin|rds_superuser_role)$/;

/** Who has one of these everywhere could become the admin. */
const reservedRights: ReadonlySet<string> = new Set([
  'ALL PRIVILEGES',
  'SUPER',
  'CREATE USER',
  'CREATE ROLE',
  'SYSTEM_USER',
  'ROLE_ADMIN',
  'SET USER',
]);

const isReserved = ({ kind, name, object }: Right): boolean =>
  kind === 'role' ? /^[`']rds_superuser_role[`']/.test(name) : object === '*.*' && reservedRights.has(name);

const userReserved = (username: string, what: string): EngineError =>
  new EngineError('user-reserved', `User "${username}" is ${what}: name an application's own user`, {
    retryable: false,
  });
