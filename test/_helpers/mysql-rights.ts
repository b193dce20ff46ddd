/** Two sets of rights on MySQL and MariaDB, with something of every kind in each, and what a user has of them. */
import { escape, escapeId } from 'mysql2';
import type { LocalMysql } from '../../local/databases/mysql.ts';

export type Flavour = 'mysql' | 'mariadb';

/** `'app'@'%'` */
export const accountAt = (username: string, host = '%'): string => `${escape(username)}@${escape(host)}`;

/** What the sets of rights are about. */
export const makeThings = async (server: LocalMysql): Promise<void> => {
  for (const statement of [
    'CREATE DATABASE `shop_eu`',
    "CREATE DATABASE `odd ``db`` 'name'`",
    'CREATE TABLE shop_eu.orders (id int, `price, ``net``` int, note text)',
    'CREATE TABLE shop_eu.refunds (id int)',
    'CREATE PROCEDURE shop_eu.ship() SELECT 1',
    'CREATE FUNCTION shop_eu.vat() RETURNS int DETERMINISTIC RETURN 1',
    "CREATE ROLE 'reader', 'odd `writer`'",
    'GRANT SELECT ON shop_eu.* TO reader',
  ]) {
    await server.query(statement);
  }
};

const sets: Readonly<Record<'first' | 'second', (name: string, flavour: Flavour) => readonly string[]>> = {
  first: (name, flavour) => [
    `GRANT PROCESS ON *.* TO ${name}`,
    `GRANT ALL PRIVILEGES ON \`shop_eu\`.* TO ${name} WITH GRANT OPTION`,
    `GRANT SELECT (id, \`price, \`\`net\`\`\`), UPDATE (id) ON shop_eu.orders TO ${name}`,
    `GRANT EXECUTE ON PROCEDURE shop_eu.ship TO ${name} WITH GRANT OPTION`,
    `GRANT reader TO ${name} WITH ADMIN OPTION`,
    flavour === 'mysql' ? `SET DEFAULT ROLE reader TO ${name}` : `SET DEFAULT ROLE reader FOR ${name}`,
    `ALTER USER ${name} REQUIRE SSL WITH MAX_USER_CONNECTIONS 7 PASSWORD EXPIRE INTERVAL 90 DAY`,
    ...(flavour === 'mysql'
      ? [
          `GRANT XA_RECOVER_ADMIN ON *.* TO ${name} WITH GRANT OPTION`,
          `GRANT BACKUP_ADMIN ON *.* TO ${name}`,
          `ALTER USER ${name} PASSWORD HISTORY 3 PASSWORD REUSE INTERVAL 5 DAY FAILED_LOGIN_ATTEMPTS 4 PASSWORD_LOCK_TIME UNBOUNDED`,
        ]
      : [`ALTER USER ${name} WITH MAX_STATEMENT_TIME 2.5`]),
  ],
  second: (name, flavour) => [
    `GRANT SELECT, INSERT ON \`shop\\_eu\`.* TO ${name}`,
    `GRANT SELECT ON \`odd \`\`db\`\` 'name'\`.* TO ${name}`,
    `GRANT UPDATE (note) ON shop_eu.orders TO ${name}`,
    `GRANT SELECT, DELETE ON shop_eu.refunds TO ${name} WITH GRANT OPTION`,
    `GRANT EXECUTE ON FUNCTION shop_eu.vat TO ${name}`,
    `GRANT \`odd \`\`writer\`\`\` TO ${name}`,
    `GRANT reader TO ${name}`,
    `GRANT PROXY ON 'reader' TO ${name}`,
    `ALTER USER ${name} REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 100000 MAX_UPDATES_PER_HOUR 10000 PASSWORD EXPIRE NEVER`,
    ...(flavour === 'mysql'
      ? [
          `GRANT XA_RECOVER_ADMIN ON *.* TO ${name}`,
          `SET DEFAULT ROLE ALL TO ${name}`,
          `ALTER USER ${name} PASSWORD REQUIRE CURRENT OPTIONAL`,
        ]
      : [`SET DEFAULT ROLE \`odd \`\`writer\`\`\` FOR ${name}`]),
  ],
};

/** The accounts of the second set have a host of their own beside the one that they log in from. */
const secondHost = '10.1.0.0/255.255.0.0';

export const giveRights = async (
  server: LocalMysql,
  flavour: Flavour,
  username: string,
  set: 'first' | 'second',
): Promise<void> => {
  const name = accountAt(username);
  await server.query(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${name}`);
  for (const role of ['reader', 'odd `writer`']) {
    const [held] = await server.query(
      flavour === 'mysql'
        ? 'SELECT 1 FROM mysql.role_edges WHERE TO_USER = ? AND FROM_USER = ?'
        : 'SELECT 1 FROM mysql.roles_mapping WHERE User = ? AND Role = ?',
      { values: [username, role] },
    );
    if (held) await server.query(`REVOKE ${escapeId(role, true)} FROM ${name}`);
  }
  if (set === 'first') await server.query(`REVOKE PROXY ON 'reader' FROM ${name}`).catch(notGranted);
  await server.query(`DROP USER IF EXISTS ${accountAt(username, secondHost)}`);
  for (const statement of sets[set](name, flavour)) await server.query(statement);
  if (set === 'second') {
    const other = accountAt(username, secondHost);
    await server.query(`CREATE USER ${other} IDENTIFIED BY 'another password' REQUIRE X509`);
    await server.query(`GRANT SELECT ON shop_eu.refunds TO ${other}`);
  }
};

const notGranted = (error: unknown): void => {
  if (!(error instanceof Error && 'errno' in error && (error.errno === 1141 || error.errno === 1698))) throw error;
};

/** In the server's words, each account's beside its host, without the user's name and password. */
export const rightsOf = async (server: LocalMysql, username: string): Promise<readonly string[]> => {
  const accounts = await server.query('SELECT Host AS host FROM mysql.user WHERE User = ? ORDER BY 1', {
    values: [username],
  });
  const lines: string[] = [];
  for (const { host } of accounts) {
    const name = accountAt(username, String(host));
    const shown = [
      await server.query(`SHOW GRANTS FOR ${name}`),
      await server.query(`SHOW CREATE USER ${name}`),
    ].flat();
    for (const row of shown) lines.push(`${String(host)}: ${anonymous(String(Object.values(row)[0]), username)}`);
  }
  return lines.sort();
};

const anonymous = (line: string, username: string): string =>
  line
    .replaceAll(escapeId(username, true), '<user>')
    .replaceAll(escape(username), '<user>')
    // MariaDB does not escape names that it quotes like this.
    .replaceAll(`'${username}'`, '<user>')
    .replace(/ IDENTIFIED [^]*?(?= DEFAULT ROLE | REQUIRE | WITH | ACCOUNT | PASSWORD EXPIRE|$)/, '')
    // The order of columns is that of a hash table.
    .replaceAll(
      /\(([^()]*)\)/g,
      (_, columns: string) =>
        `(${columns
          .split(/, (?=`)/)
          .sort()
          .join(', ')})`,
    );
