/** MySQL and MariaDB behind the `Database` port. */
import { createHash } from 'node:crypto';
import { loginOf } from '../login-of.ts';
import type { Admin, Confirm, Credential, Database, DatabaseAddress } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import { cloneAccounts } from './clone.ts';
import type { Dialect } from './dialect.ts';
import { inspectAccounts } from './inspect.ts';
import { mariadb } from './mariadb-dialect.ts';
import { mysql } from './mysql-dialect.ts';
import { changeOwnAccounts, checkOwnAccounts } from './own-password.ts';
import { hasBoth, keepPassword } from './passwords.ts';
import { noticesFor } from './notices.ts';
import { checkAdminFor } from './privileges.ts';
import { revokeAccounts } from './revoke.ts';
import { examineServer } from './server.ts';
import { withKnownSession, withSession, type Session, type SessionOptions } from './session.ts';
import { applyUserChange, findUser } from './users.ts';

/** MySQL 8.0.19 and later, Aurora MySQL 3. */
export const mysqlDatabase = (options: SessionOptions): Database => ({
  ...sharedDatabase(mysql, options),
  discardPassword: (address, admin, { username, keep, ends }, confirm) =>
    asAdmin(mysql, options, { address, admin, username, confirm }, async (session) => {
      const found = await findUser(session, mysql, username);
      const accounts = ends === undefined ? found : found.filter((account) => hasBoth(account, keep, ends));
      if (ends !== undefined && accounts.length === 0) return 'nothing';
      await keepPassword(session, mysql, accounts, keep);
      return 'discarded';
    }),
});

/** MariaDB 10.4 and later, which knows one password a user. */
export const mariadbDatabase = (options: SessionOptions): Database => sharedDatabase(mariadb, options);

const sharedDatabase = (dialect: Dialect, options: SessionOptions): Database => ({
  engine: dialect.engine,
  login: (address, credential) =>
    withSession(address, credential, options, async (session) => {
      await session.query('SELECT 1');
    }),
  changeOwnPassword: (address, credential, password, confirm, onNotice = () => undefined) =>
    locked(dialect, options, { address, credential, username: credential.username, confirm }, async (session) => {
      await changeOwnAccounts(session, dialect, { current: credential.password, next: password }, onNotice);
      return 'changed' as const;
    }),
  checkOwnPassword: (address, credential, onNotice = () => undefined) =>
    withKnownSession(address, credential, options, async (session) => {
      await examineServer(session, dialect);
      await checkOwnAccounts(session, dialect, onNotice);
    }),
  changeUser: (address, admin, change, confirm) =>
    asAdmin(dialect, options, { address, admin, username: change.username, confirm }, (session) =>
      applyUserChange(session, dialect, change),
    ),
  checkAdmin: (address, admin, task) =>
    withKnownSession(address, loginOf(admin), options, async (session) => {
      await examineServer(session, dialect);
      await checkAdminFor(session, dialect, task);
      return noticesFor(session, dialect, task);
    }),
  inspectUser: (address, admin, credential) =>
    withKnownSession(address, loginOf(admin), options, async (session) => {
      await examineServer(session, dialect);
      return inspectAccounts(session, dialect, credential, address.tls);
    }),
  passwordPolicy: (address, login) =>
    withKnownSession(address, login, options, (session) => dialect.passwordPolicy(session)),
  cloneUser: (address, admin, clone, confirm) =>
    asAdmin(dialect, options, { address, admin, username: clone.to, confirm }, (session) =>
      cloneAccounts(session, dialect, clone),
    ),
  revokeUser: (address, admin, revocation, confirm) =>
    asAdmin(dialect, options, { address, admin, username: revocation.username, confirm }, (session) =>
      revokeAccounts(session, dialect, revocation, options.deadline),
    ),
});

interface Change {
  readonly address: DatabaseAddress;
  /** Whose lock is held. */
  readonly username: string;
  readonly confirm: Confirm;
}

const asAdmin = <Result>(
  dialect: Dialect,
  options: SessionOptions,
  { admin, ...change }: Change & { readonly admin: Admin },
  work: (session: Session) => Promise<Result>,
): Promise<Result | 'withdrawn'> => locked(dialect, options, { ...change, credential: loginOf(admin) }, work);

/**
 * One worker at a time changes a user: the lock ends with the session, also where the worker dies. Only under it is the
 * question worth asking whether the change is still wanted.
 */
const locked = <Result>(
  dialect: Dialect,
  options: SessionOptions,
  { address, credential, username, confirm }: Change & { readonly credential: Credential },
  work: (session: Session) => Promise<Result>,
): Promise<Result | 'withdrawn'> =>
  withKnownSession(address, credential, options, async (session) => {
    await examineServer(session, dialect);
    const seconds = Math.floor(session.timeoutMs() / 1_000);
    const [row] = await session.query<{ got: number | null }>('SELECT GET_LOCK(?, ?) AS got', [
      lockName(username),
      seconds,
    ]);
    if (row?.got !== 1) throw lockedElsewhere(username, seconds);
    return (await confirm()) ? work(session) : 'withdrawn';
  });

/** A lock's name has 64 characters at most. */
const lockName = (username: string): string =>
  `strongroom-${createHash('sha256').update(username).digest('hex').slice(0, 40)}`;

const lockedElsewhere = (username: string, seconds: number): DatabaseError =>
  new DatabaseError(
    'unknown',
    `Another worker has been changing user "${username}" for longer than ${seconds} s: try again`,
    { retryable: true },
  );
