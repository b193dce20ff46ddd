/** One login to MySQL or MariaDB: bounded in time, over verified TLS, closed whatever happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection } from 'mysql2/promise';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Credential, DatabaseAddress } from '../port.ts';
import { connectRetry, timeForLogin } from '../login-attempts.ts';
import type { DatabaseTrust } from '../database-trust.ts';
import { authPlugins } from './auth-plugins.ts';
import { activateRoles } from './roles.ts';
import { classify, errorNumber, type Attempt } from './classify.ts';
import { certifiedName, openSocket, sslOptions } from './tls.ts';

export interface SessionOptions {
  readonly trust: DatabaseTrust;
  readonly deadline: Deadline;
  /** @default 5 s */
  readonly connectTimeoutMs?: number;
  /** A statement, and the wait for a lock. @default 10 s */
  readonly statementTimeoutMs?: number;
}

export interface Session {
  readonly username: string;
  /** Rows of a statement that changes nothing. @throws DatabaseError */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * One statement that changes something. All of them commit by themselves: none can be undone.
   *
   * @param doing - for the message of a failure; the statement itself, if there is no password in it. @default `run a statement`
   * @throws DatabaseError, `uncertain` if the answer is lost; EngineError `password-refused`.
   */
  change(sql: string, doing?: string): Promise<void>;
  /** As {@link change}; `false` if the server refuses with one of these numbers. */
  changeUnless(refusals: readonly number[], sql: string, doing?: string): Promise<boolean>;
  /** How long a statement may take, the wait for a lock included. */
  timeoutMs(): number;
}

/** Logs in, runs `work` and logs out. @throws DatabaseError, and whatever `work` throws. */
export const withSession = async <Result>(
  address: DatabaseAddress,
  credential: Credential,
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const where = `"${credential.username}" at ${address.host}:${address.port}`;
  const connection = await connectRetry(options.deadline).execute(() => connect(address, credential, options, where));
  try {
    return await work(openSession(connection, credential.username, options, where));
  } finally {
    await disconnect(connection);
  }
};

/**
 * A session inherits settings, of the server and of `init_connect`. These change what statements mean, how many rows
 * come, or whether a change is allowed: characters first, since escaping depends on them.
 */
const settings = [
  'NAMES utf8mb4',
  "SESSION sql_mode = 'STRICT_ALL_TABLES'",
  'SESSION sql_quote_show_create = 1',
  'SESSION autocommit = 1',
  'SESSION sql_select_limit = 18446744073709551615',
  'SESSION sql_big_selects = 1',
  'SESSION sql_safe_updates = 0',
  'SESSION sql_auto_is_null = 0',
];

/** Each server takes its own in comments that the other one passes over: time-outs of statements, a hash of 1998. */
const settingsOfOne =
  '/*!80000 , SESSION max_execution_time = 0 */ /*M!100100 , SESSION max_statement_time = 0, SESSION old_passwords = 0 */';

/** As {@link withSession}, in a session whose settings are known: for everything that quotes. */
export const withKnownSession = <Result>(
  address: DatabaseAddress,
  credential: Credential,
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> =>
  withSession(address, credential, options, async (session) => {
    const seconds = Math.ceil(session.timeoutMs() / 1_000);
    await session.query(`SET ${[...settings, `SESSION lock_wait_timeout = ${seconds}`].join(', ')} ${settingsOfOne}`);
    await session.query('SET SESSION TRANSACTION READ WRITE');
    await activateRoles(session);
    return work(session);
  });

const connect = async (
  address: DatabaseAddress,
  { username, password }: Credential,
  { trust, deadline, connectTimeoutMs = 5_000 }: SessionOptions,
  where: string,
): Promise<Connection> => {
  const remaining = timeForLogin(deadline, where);
  const ssl = sslOptions(address, trust);
  try {
    // No database is named: a user may have rights on another one than that, and the admin on none.
    const connection = await createConnection({
      host: certifiedName(address),
      port: address.port,
      stream: () => openSocket(address),
      user: username,
      password,
      ...(ssl && { ssl }),
      authPlugins: authPlugins(address.tls),
      connectTimeout: Math.min(connectTimeoutMs, remaining),
      connectAttributes: { program_name: 'strongroom-rotation' },
      // A server must not ask for files of this machine.
      flags: ['-LOCAL_FILES'],
      charset: 'utf8mb4',
      disableEval: true,
    });
    // Without a listener a connection that breaks between two statements would end the process; the next statement reports it.
    connection.on('error', () => undefined);
    return connection;
  } catch (error) {
    // Some servers give no other reason for refusing a connection without TLS than "access denied".
    const how = ssl ? 'log in' : 'log in without TLS';
    throw classify(error, { doing: `${how} as ${where}`, phase: 'login' });
  }
};

const openSession = (
  connection: Connection,
  username: string,
  { deadline, statementTimeoutMs = 10_000 }: SessionOptions,
  where: string,
): Session => {
  const timeoutMs = () => Math.max(1, Math.min(statementTimeoutMs, deadline.remainingMs()));
  const run = async (sql: string, values: readonly unknown[], phase: Attempt['phase'], doing = 'run a statement') => {
    try {
      const [rows] = await connection.query({ sql, timeout: timeoutMs() + answerMs }, [...values]);
      return Array.isArray(rows) ? (rows as object[]) : [];
    } catch (error) {
      throw classify(error, { doing: `${doing} as ${where}`, phase });
    }
  };
  const change = async (sql: string, doing?: string) => {
    await run(sql, [], 'change', doing);
  };
  return {
    username,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await run(sql, values, 'statement')) as Row[],
    change,
    changeUnless: async (refusals, sql, doing) => {
      try {
        await change(sql, doing);
        return true;
      } catch (error) {
        if (refusals.includes(errorNumber(error) ?? 0)) return false;
        throw error;
      }
    },
    timeoutMs,
  };
};

/** Later than the server's own time-out of a lock, whose answer says what it was; the deadline keeps time back for it. */
const answerMs = 500;

const farewellMs = 1_000;

/** Says goodbye, but does not wait for a server that is gone. */
const disconnect = async (connection: Connection): Promise<void> => {
  await Promise.race([connection.end(), sleep(farewellMs, undefined, { ref: false })]);
  connection.destroy();
};
