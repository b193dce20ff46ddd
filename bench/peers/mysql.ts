/** AWS's functions for MySQL and MariaDB, single user: the statements that they and their driver (PyMySQL) send. */
import { escape } from 'mysql2';
import { createConnection, type Connection } from 'mysql2/promise';
import type { PeerConnection, PeerEngine } from './aws-rotation-order.ts';
import { systemStore } from './system-store.ts';

export const mysqlPeer = (serverCa: string): PeerEngine => peer(serverCa, setMysqlPassword);

export const mariadbPeer = (serverCa: string): PeerEngine => peer(serverCa, setMariadbPassword);

type SetPassword = (connection: Connection, password: string) => Promise<void>;

const peer = (serverCa: string, setPassword: SetPassword): PeerEngine => ({
  connect: async ({ host, port, dbname, username, password }, tls) => {
    const connection = await createConnection({
      host,
      port,
      user: username,
      password,
      ...(dbname !== undefined && { database: dbname }),
      ...(tls && { ssl: { ca: systemStore(serverCa), rejectUnauthorized: true, verifyIdentity: true } }),
      connectTimeout: 5_000,
    });
    // The driver's own habit at the start of each session.
    await connection.query('SET AUTOCOMMIT = 0');
    return peerConnection(connection, setPassword);
  },
});

const peerConnection = (connection: Connection, setPassword: SetPassword): PeerConnection => ({
  changeOwnPassword: async ({ password }) => {
    await setPassword(connection, password);
    await connection.query('COMMIT');
  },
  test: async () => {
    await connection.query('SELECT NOW()');
    await connection.query('COMMIT');
  },
  close: () => connection.end(),
});

const setMysqlPassword: SetPassword = async (connection, password) => {
  await connection.query('SELECT VERSION()');
  await connection.query(`SET PASSWORD = ${escape(password)}`);
};

const setMariadbPassword: SetPassword = async (connection, password) => {
  await connection.query(`SET PASSWORD = PASSWORD(${escape(password)})`);
};
