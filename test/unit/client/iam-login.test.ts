import { createServer, type AddressInfo, type Socket } from 'node:net';
import { format, inspect } from 'node:util';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createSecrets,
  IamLogin,
  SecretError,
  type IamDatabase,
  type RdsToken,
  type RdsTokenSigner,
  type SecretsOptions,
} from '../../../client/index.ts';

const canary = 'canary-token-4a1';
const database: IamDatabase = {
  host: 'ledger.c1a2b3.eu-west-1.rds.amazonaws.com',
  port: 5432,
  dbname: 'ledger',
  username: 'ledger_app',
};

/** Its tokens are numbered, and expire after 15 minutes of the test's clock. */
class NumberedSigner implements RdsTokenSigner {
  readonly signed: IamDatabase[] = [];
  failure: Error | undefined;
  disposed = false;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  sign(given: IamDatabase): Promise<RdsToken> {
    this.signed.push(given);
    if (this.failure) return Promise.reject(this.failure);
    const expiresAt = new Date(this.#now() + 15 * 60_000);
    return Promise.resolve({ token: `${canary}-${this.signed.length}`, expiresAt });
  }

  dispose(): void {
    this.disposed = true;
  }
}

const scene = (options: Partial<SecretsOptions> = {}) => {
  const clock = { at: Date.parse('2026-11-21T12:00:00Z') };
  const signer = new NumberedSigner(() => clock.at);
  const secrets = createSecrets({
    application: 'payments',
    environment: 'dev',
    signer,
    clock: { now: () => clock.at, sleep: () => Promise.resolve() },
    ...options,
  });
  onTestFinished(() => {
    secrets.dispose();
  });
  return { secrets, signer, signed: signer.signed, clock };
};

describe('iamLogin', () => {
  it('returns the settings of a connection', async () => {
    const { secrets } = scene();
    const login = await secrets.iamLogin(database);
    expect(login).toBeInstanceOf(IamLogin);
    expect(Object.fromEntries(Object.entries(login))).toEqual({
      ...database,
      ssl: true,
      expiresAt: new Date('2026-11-21T12:15:00Z'),
    });
    expect(login.password).toBe(`${canary}-1`);
    expect(() => Object.assign(login, { host: 'evil.example' })).toThrow(TypeError);
  });

  it('caches the token until its last minute', async () => {
    const { secrets, signed, clock } = scene();
    await secrets.iamLogin(database);
    clock.at += 14 * 60_000 - 1;
    expect((await secrets.iamLogin(database)).password).toBe(`${canary}-1`);
    clock.at += 1;
    expect((await secrets.iamLogin(database)).password).toBe(`${canary}-2`);
    expect(signed).toHaveLength(2);
  });

  it('signs once for concurrent calls', async () => {
    const { secrets, signed } = scene();
    const logins = await Promise.all(Array.from({ length: 100 }, () => secrets.iamLogin(database)));
    expect(new Set(logins.map(({ password }) => password)).size).toBe(1);
    expect(signed).toHaveLength(1);
  });

  it.each([
    [{ host: 'other.c1a2b3.eu-west-1.rds.amazonaws.com' }],
    [{ port: 6432 }],
    [{ username: 'ledger_report' }],
    [{ region: 'eu-west-2' }],
  ])('separates tokens by %j', async (more) => {
    const { secrets } = scene();
    const [one, other] = [await secrets.iamLogin(database), await secrets.iamLogin({ ...database, ...more })];
    expect(other.password).not.toBe(one.password);
  });

  it('signs again after a failure', async () => {
    const { secrets, signer } = scene();
    signer.failure = new SecretError('credentials', 'no credentials', { retryable: true });
    await expect(secrets.iamLogin(database)).rejects.toBe(signer.failure);
    signer.failure = undefined;
    expect((await secrets.iamLogin(database)).password).toBe(`${canary}-2`);
  });

  it('reports an error of another kind as unexpected', async () => {
    const { secrets, signer } = scene();
    signer.failure = new TypeError('defect');
    await expect(secrets.iamLogin(database)).rejects.toMatchObject({
      name: 'SecretError',
      code: 'unexpected',
      message: `can't sign a login of ledger_app at ${database.host}:5432: the signer failed`,
      cause: signer.failure,
    });
  });

  it('stops waiting after timeoutMs or when the signal fires', async () => {
    const never = { sign: () => new Promise<never>(() => undefined) };
    const { secrets } = scene({ signer: never, timeoutMs: 20 });
    await expect(secrets.iamLogin(database)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    const patient = scene({ signer: never }).secrets;
    await expect(patient.iamLogin(database, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('shows its password only by name', async () => {
    const login = await scene().secrets.iamLogin(database);
    const shown = [inspect(login), inspect({ login }, { depth: 5, showHidden: false }), format('%o %s', login, login)];
    const copies = [JSON.stringify(login), JSON.stringify(Object.assign({}, login)), Object.values(login).join()];
    for (const text of [...shown, ...copies]) expect(text).not.toContain(canary);
    expect(JSON.parse(JSON.stringify(login))).toMatchObject({ username: 'ledger_app', password: '[redacted]' });
  });

  it.each([
    [{ host: 'https://ledger' }, 'host must be the endpoint as RDS shows it, without a port (got "https://ledger")'],
    [{ host: undefined }, 'host must be the endpoint as RDS shows it, without a port (got undefined)'],
    [{ port: 0 }, 'port must be an integer from 1 to 65535 (got 0)'],
    [{ port: '5432' }, 'port must be an integer from 1 to 65535 (got "5432")'],
    [{ username: '' }, `username must be the database user at ${database.host} (got "")`],
    [{ user: 'x' }, 'a database has an unknown key "user": its keys are host, port, dbname, username, region'],
  ])('refuses %j', async (wrong, message) => {
    const { secrets, signed } = scene();
    const broken = { ...database, ...wrong } as IamDatabase;
    await expect(secrets.iamLogin(broken)).rejects.toMatchObject({ code: 'invalid-argument', message });
    expect(() => secrets.iamConnection(broken)).toThrow(message);
    expect(signed).toEqual([]);
  });

  it('fails after dispose', async () => {
    const { secrets, signer } = scene();
    const { password } = secrets.iamConnection(database);
    secrets.dispose();
    expect(signer.disposed).toBe(true);
    await expect(secrets.iamLogin(database)).rejects.toMatchObject({ code: 'disposed' });
    await expect(password()).rejects.toMatchObject({ code: 'disposed' });
    expect(() => secrets.iamConnection(database)).toThrow('the client is disposed');
  });
});

describe('iamConnection', () => {
  it('returns a valid password for each connection of a pool', async () => {
    const { secrets, clock } = scene();
    const { password, ...rest } = secrets.iamConnection(database);
    expect(rest).toEqual({ ...database, ssl: true });
    expect(await password()).toBe(`${canary}-1`);
    clock.at += 14 * 60_000;
    expect(await password()).toBe(`${canary}-2`);
  });

  it('works with pg: the server receives the token', async () => {
    const { port, passwords } = await startServer(askAsPostgres);
    const { password, username, dbname } = scene().secrets.iamConnection(database);
    const client = new pg.Client({ host: '127.0.0.1', port, user: username, database: dbname, password });
    await client.connect();
    expect(passwords).toEqual([`${canary}-1`]);
    client.on('error', () => undefined);
  });

  it('works with mysql2 as a plugin: the server receives the token', async () => {
    const { port, passwords } = await startServer(askAsMysql);
    const { password, username } = scene().secrets.iamConnection(database);
    const connection = await mysql.createConnection({
      host: '127.0.0.1',
      port,
      user: username,
      authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${await password()}\0`) },
    });
    expect(passwords).toEqual([`${canary}-1`]);
    connection.destroy();
  });
});

/** A server that requests a password in clear text, as RDS does for tokens, and accepts any. */
const startServer = async (ask: (socket: Socket, taken: (password: string) => void) => void) => {
  const passwords: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    ask(socket, (password) => passwords.push(password));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, passwords };
};

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const askAsPostgres = (socket: Socket, taken: (password: string) => void): void => {
  const authentication = (kind: number) => Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, kind]);
  const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
  socket.once('data', () => {
    socket.write(authentication(3));
    socket.once('data', (message: Buffer) => {
      taken(message.subarray(5, -1).toString());
      socket.write(Buffer.concat([authentication(0), readyForQuery]));
    });
  });
};

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html */
const askAsMysql = (socket: Socket, taken: (password: string) => void): void => {
  const packet = (sequence: number, ...payload: readonly (string | readonly number[])[]) => {
    const body = Buffer.concat(payload.map((part) => Buffer.from(part as string)));
    return Buffer.concat([Buffer.from([body.length, 0, 0, sequence]), body]);
  };
  const capabilities = { low: [0x00, 0x82], high: [0x08, 0x00] };
  socket.write(
    packet(
      0,
      '\n8.4.0\0',
      [1, 0, 0, 0],
      'abcdefgh',
      [0],
      capabilities.low,
      [45, 2, 0],
      capabilities.high,
      [21],
      [...Buffer.alloc(10)],
      'ijklmnopqrst\0',
      'mysql_native_password\0',
    ),
  );
  socket.once('data', () => {
    socket.write(packet(2, [0xfe], 'mysql_clear_password\0'));
    socket.once('data', (message: Buffer) => {
      taken(message.subarray(4, -1).toString());
      socket.write(packet(4, [0, 0, 0, 2, 0, 0, 0]));
    });
  });
};
