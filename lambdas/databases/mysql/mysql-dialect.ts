/** MySQL 8 and later, Aurora MySQL 3. */
import { escape, escapeId } from 'mysql2';
import { DatabaseError } from '../errors.ts';
import { withoutPassword, type Account } from './account.ts';
import { expiryClause, limitsClause, requireClause, type Requirements } from './account-settings.ts';
import { serverError } from './classify.ts';
import type { Dialect } from './dialect.ts';
import { escapeDatabase } from './grant-lines.ts';
import { passwordMethod } from './password-methods.ts';
import { mysqlPasswordPolicy } from './password-policy.ts';
import type { Session } from './session.ts';

export const mysql: Dialect = {
  engine: 'mysql',
  defaultPlugin: 'caching_sha2_password',
  speaks: (version) => !/mariadb/i.test(version),
  accounts: async (session, username) => {
    const rows = await session.query<UserRow>(usersQuery, [username]);
    const roles = await session.query<DefaultRole>('SELECT * FROM mysql.default_roles WHERE USER = ?', [username]);
    return rows
      .filter(({ User }) => User === username)
      .map((row) =>
        account(
          row,
          roles.filter(({ HOST }) => HOST === row.Host),
        ),
      );
  },
  identified: (changed, password) => {
    const [method] = changed.methods;
    const hash = method && (password === undefined ? method.hash : passwordMethod(method.plugin)?.hash(password));
    if (hash === undefined) throw withoutPassword(changed);
    return `IDENTIFIED WITH ${escape(method?.plugin)} AS ${escape(hash)}`;
  },
  changeOwn: async (session, account, { current, next }) => {
    await refuseRawLog(session);
    // A hash is accepted only from those who may change every user. The server logs this statement without the password.
    const change = `ALTER USER ${account} IDENTIFIED BY ${escape(next)}`;
    if (await session.changeUnless([serverError.currentPasswordWanted], change)) return;
    await session.change(`${change} REPLACE ${escape(current)}`);
  },
  // Hashes are past all policies here: of length, of characters, of earlier passwords.
  refusesHashes: () => Promise.resolve(false),
  passwordPolicy: mysqlPasswordPolicy,
  changesTogether: true,
  killPrivileges: ['CONNECTION_ADMIN', 'SUPER'],
  setDefaultRoles: (name, roles) => `SET DEFAULT ROLE ${roles.length === 0 ? 'NONE' : roles.join(', ')} TO ${name}`,
  grantedDatabase: async (session) => {
    const [row] = await session.query<{ Value: string }>("SHOW GLOBAL VARIABLES LIKE 'partial_revokes'");
    // With partial revokes names of databases are not patterns, and a backslash would be part of the name.
    return row?.Value === 'ON' ? (database) => escapeId(database, true) : escapeDatabase;
  },
};

/** With what the lifetime of the password, its own or the server's, comes to. */
const usersQuery = `
  SELECT *, password_expired = 'Y' OR (
           COALESCE(password_lifetime, @@default_password_lifetime) > 0 AND
           password_last_changed + INTERVAL COALESCE(password_lifetime, @@default_password_lifetime) DAY <= NOW()
         ) AS expired
    FROM mysql.user WHERE User = ? ORDER BY Host`;

interface UserRow {
  readonly Host: string;
  readonly User: string;
  readonly ssl_type: string;
  readonly ssl_cipher: Buffer | string;
  readonly x509_issuer: Buffer | string;
  readonly x509_subject: Buffer | string;
  readonly max_questions: number;
  readonly max_updates: number;
  readonly max_connections: number;
  readonly max_user_connections: number;
  readonly plugin: string;
  readonly authentication_string: string;
  readonly password_lifetime: number | null;
  readonly account_locked: 'Y' | 'N';
  readonly expired: 0 | 1 | null;
  readonly Password_reuse_history?: number | null;
  readonly Password_reuse_time?: number | null;
  readonly Password_require_current?: 'Y' | 'N' | null;
  readonly User_attributes?: UserAttributes | null;
}

interface UserAttributes {
  readonly additional_password?: string;
  readonly Password_locking?: {
    readonly failed_login_attempts?: number;
    readonly password_lock_time_days?: number;
  };
}

interface DefaultRole {
  readonly HOST: string;
  readonly DEFAULT_ROLE_HOST: string;
  readonly DEFAULT_ROLE_USER: string;
}

const account = (row: UserRow, roles: readonly DefaultRole[]): Account => {
  const secondary = row.User_attributes?.additional_password;
  return {
    username: row.User,
    host: row.Host,
    methods: [{ plugin: row.plugin, hash: row.authentication_string }],
    ...(secondary !== undefined && { secondaryHash: secondary }),
    locked: row.account_locked === 'Y',
    expired: row.expired === 1,
    requires: requirementOf(row),
    maxConnections: row.max_user_connections,
    settings: settings(row),
    defaultRoles: roles
      .map((role) => `${escapeId(role.DEFAULT_ROLE_USER, true)}@${escapeId(role.DEFAULT_ROLE_HOST, true)}`)
      .sort(),
  };
};

const requirementKinds: Readonly<Record<string, Requirements['kind']>> = {
  ANY: 'tls',
  X509: 'certificate',
  SPECIFIED: 'fields',
};

const requirementOf = ({ ssl_type }: UserRow): Requirements['kind'] => requirementKinds[ssl_type] ?? 'none';

const days = (count: number | null | undefined): string => (typeof count === 'number' ? `${count} DAY` : 'DEFAULT');

const settings = (row: UserRow): string => {
  const { failed_login_attempts: attempts = 0, password_lock_time_days: lockedDays = 0 } =
    row.User_attributes?.Password_locking ?? {};
  return [
    requireClause({
      kind: requirementOf(row),
      cipher: String(row.ssl_cipher),
      issuer: String(row.x509_issuer),
      subject: String(row.x509_subject),
    }),
    limitsClause({
      MAX_QUERIES_PER_HOUR: row.max_questions,
      MAX_UPDATES_PER_HOUR: row.max_updates,
      MAX_CONNECTIONS_PER_HOUR: row.max_connections,
      MAX_USER_CONNECTIONS: row.max_user_connections,
    }),
    expiryClause(row.password_lifetime ?? undefined),
    `PASSWORD HISTORY ${row.Password_reuse_history ?? 'DEFAULT'}`,
    `PASSWORD REUSE INTERVAL ${days(row.Password_reuse_time)}`,
    `PASSWORD REQUIRE CURRENT${{ Y: '', N: ' OPTIONAL', default: ' DEFAULT' }[row.Password_require_current ?? 'default']}`,
    `FAILED_LOGIN_ATTEMPTS ${attempts}`,
    `PASSWORD_LOCK_TIME ${lockedDays === -1 ? 'UNBOUNDED' : lockedDays}`,
  ].join(' ');
};

/** Otherwise the general log would contain the statement that follows, with the password. */
const refuseRawLog = async (session: Session): Promise<void> => {
  const [row] = await session.query<{ Value: string }>("SHOW GLOBAL VARIABLES LIKE 'log_raw'");
  if (row?.Value !== 'ON') return;
  throw new DatabaseError(
    'privilege',
    `User "${session.username}" can't change its own password unseen: the server logs statements as they come (log_raw). Turn that off, or use a strategy in which an admin sets the password and sends only a hash`,
    { retryable: false },
  );
};
