/** MariaDB 10.4 and later. */
import { escape, escapeId } from 'mysql2';
import { withoutPassword, type Account, type AccountMethod } from './account.ts';
import { expiryClause, limitsClause, requireClause, type Requirements } from './account-settings.ts';
import type { Dialect } from './dialect.ts';
import { escapeDatabase } from './grant-lines.ts';
import { passwordMethod } from './password-methods.ts';
import { mariadbPasswordPolicy, refusesHashes } from './password-policy.ts';
import { noPasswordOf, pluginsIn } from './show-create-user.ts';

export const mariadb: Dialect = {
  engine: 'mariadb',
  defaultPlugin: 'mysql_native_password',
  speaks: (version) => /mariadb/i.test(version),
  accounts: async (session, username) => {
    const rows = await session.query<UserRow>(usersQuery, [username]);
    return rows
      .filter(({ User }) => User === username)
      .map((row) => ({ row, privileges: JSON.parse(row.Priv) as Privileges }))
      .filter(({ privileges }) => privileges.is_role !== true)
      .map(({ row, privileges }) => account(row, privileges));
  },
  identified: (changed, password) => {
    if (!changed.methods.some(({ plugin }) => passwordMethod(plugin))) throw withoutPassword(changed);
    // The other ways in, such as the socket's owner, stay as they are.
    const alternatives = changed.methods.map(({ plugin, hash }) =>
      using(plugin, password === undefined ? hash : (passwordMethod(plugin)?.hash(password) ?? hash)),
    );
    return `IDENTIFIED VIA ${alternatives.join(' OR ')}`;
  },
  changeOwn: async (session, name, { next }) => {
    if (await refusesHashes(session)) {
      return session.change(`SET PASSWORD FOR ${name} = PASSWORD(${escape(next)})`, 'set its own password');
    }
    const [row] = await session.query(`SHOW CREATE USER ${name}`);
    // The server changes the first method that keeps a password, and takes a hash as it is from every user.
    const plugins = pluginsIn(String(Object.values(row ?? {})[0]));
    const hash = plugins.map((plugin) => passwordMethod(plugin)?.hash(next)).find((one) => one !== undefined);
    if (hash === undefined) throw noPasswordOf(name, plugins);
    return session.change(`SET PASSWORD FOR ${name} = ${escape(hash)}`);
  },
  refusesHashes,
  passwordPolicy: mariadbPasswordPolicy,
  changesTogether: false,
  killPrivileges: ['CONNECTION ADMIN', 'SUPER'],
  setDefaultRoles: (name, [role = 'NONE']) => `SET DEFAULT ROLE ${role} FOR ${name}`,
  grantedDatabase: () => Promise.resolve(escapeDatabase),
};

const usersQuery = `
  SELECT Host, User, CONVERT(Priv, CHAR) AS Priv, UNIX_TIMESTAMP() AS now,
         @@default_password_lifetime AS lifetime
    FROM mysql.global_priv WHERE User = ? ORDER BY Host`;

interface UserRow {
  readonly Host: string;
  readonly User: string;
  readonly Priv: string;
  /** Seconds. */
  readonly now: number;
  /** Days. */
  readonly lifetime: number;
}

/** https://mariadb.com/kb/en/mysqlglobal_priv-table/; what is not there has its default. */
interface Privileges {
  readonly plugin?: string;
  readonly authentication_string?: string;
  /** If there are several methods: each, the one above as `{}`. */
  readonly auth_or?: readonly { readonly plugin?: string; readonly authentication_string?: string }[];
  readonly is_role?: boolean;
  readonly default_role?: string;
  readonly account_locked?: boolean;
  readonly password_lifetime?: number;
  /** Seconds; 0 where the password was made to expire. */
  readonly password_last_changed?: number;
  readonly ssl_type?: number;
  readonly ssl_cipher?: string;
  readonly x509_issuer?: string;
  readonly x509_subject?: string;
  readonly max_questions?: number;
  readonly max_updates?: number;
  readonly max_connections?: number;
  readonly max_user_connections?: number;
  readonly max_statement_time?: number;
}

const account = (row: UserRow, privileges: Privileges): Account => ({
  username: row.User,
  host: row.Host,
  methods: methods(privileges),
  locked: privileges.account_locked ?? false,
  expired: isExpired(row, privileges),
  requires: requirementOf(privileges),
  maxConnections: privileges.max_user_connections ?? 0,
  settings: settings(privileges),
  defaultRoles: privileges.default_role ? [escapeId(privileges.default_role, true)] : [],
});

const methods = ({
  plugin = 'mysql_native_password',
  authentication_string = '',
  auth_or,
}: Privileges): AccountMethod[] =>
  (auth_or ?? [{}]).map((method) => ({
    plugin: method.plugin ?? plugin,
    hash: method.plugin === undefined ? authentication_string : (method.authentication_string ?? ''),
  }));

const daySeconds = 86_400;

const isExpired = ({ now, lifetime: byDefault }: UserRow, privileges: Privileges): boolean => {
  const { password_last_changed: changed } = privileges;
  if (changed === undefined) return false;
  const days = lifetime(privileges) ?? byDefault;
  return changed === 0 || (days > 0 && changed + days * daySeconds <= now);
};

const requirementOf = ({ ssl_type: type = 0 }: Privileges): Requirements['kind'] => requirementKinds[type] ?? 'none';

const requirementKinds: readonly Requirements['kind'][] = ['none', 'tls', 'certificate', 'fields'];

const settings = (privileges: Privileges): string =>
  [
    requireClause({
      kind: requirementOf(privileges),
      cipher: privileges.ssl_cipher ?? '',
      issuer: privileges.x509_issuer ?? '',
      subject: privileges.x509_subject ?? '',
    }),
    limitsClause({
      MAX_QUERIES_PER_HOUR: privileges.max_questions ?? 0,
      MAX_UPDATES_PER_HOUR: privileges.max_updates ?? 0,
      MAX_CONNECTIONS_PER_HOUR: privileges.max_connections ?? 0,
      MAX_USER_CONNECTIONS: privileges.max_user_connections ?? 0,
      MAX_STATEMENT_TIME: privileges.max_statement_time ?? 0,
    }),
    expiryClause(lifetime(privileges)),
  ].join(' ');

const lifetime = ({ password_lifetime: days = -1 }: Privileges): number | undefined => (days < 0 ? undefined : days);

const using = (plugin: string, hash: string): string =>
  `${escapeId(plugin, true)}${hash === '' ? '' : ` USING ${escape(hash)}`}`;
