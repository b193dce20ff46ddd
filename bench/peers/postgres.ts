/** AWS's functions for PostgreSQL: the statements that they and their driver (PyGreSQL) send, each on its own. */
import pg from 'pg';
import type { PeerConnection, PeerEngine, PeerValue } from './aws-rotation-order.ts';
import { systemStore } from './system-store.ts';

export const postgresPeer = (serverCa: string): PeerEngine => ({
  connect: async ({ host, port, dbname, username, password }, tls) => {
    const client = new pg.Client({
      host,
      port,
      database: dbname ?? 'postgres',
      user: username,
      password,
      ssl: tls && { ca: systemStore(serverCa) },
      connectionTimeoutMillis: 5_000,
    });
    await client.connect();
    return connection(client);
  },
});

const connection = (client: pg.Client): PeerConnection => ({
  changeOwnPassword: async (user) => {
    await client.query('BEGIN');
    await quote(client, user.username);
    await lookUpType(client, 25);
    await client.query(`ALTER USER ${passwordOf(user, 'WITH PASSWORD')}`);
    await client.query('COMMIT');
  },
  changeUser: async (user, model) => {
    await client.query('BEGIN');
    await quote(client, user.username);
    await lookUpType(client, 25);
    await quote(client, model.username);
    const { rows } = await client.query(`SELECT 1 FROM pg_roles WHERE rolname = ${pg.escapeLiteral(user.username)}`);
    await lookUpType(client, 23);
    if (rows.length === 0) {
      await client.query(`CREATE ROLE ${passwordOf(user, 'WITH LOGIN PASSWORD')}`);
      await client.query(`GRANT ${pg.escapeIdentifier(model.username)} TO ${pg.escapeIdentifier(user.username)}`);
    } else {
      await client.query(`ALTER USER ${passwordOf(user, 'WITH PASSWORD')}`);
    }
    await client.query('COMMIT');
  },
  test: async () => {
    await client.query('BEGIN');
    await client.query('SELECT NOW()');
    await client.query('COMMIT');
  },
  close: () => client.end(),
});

const quote = (client: pg.Client, name: string): Promise<unknown> =>
  client.query(`SELECT quote_ident(${pg.escapeLiteral(name)})`);

/** The driver asks what a column's type is, once for each connection and type. */
const lookUpType = (client: pg.Client, oid: number): Promise<unknown> =>
  client.query(`SELECT oid, typname, typlen, typtype, typcategory, typdelim, typrelid FROM pg_type WHERE oid = ${oid}`);

const passwordOf = ({ username, password }: PeerValue, clause: string): string =>
  `${pg.escapeIdentifier(username)} ${clause} ${pg.escapeLiteral(password)}`;
