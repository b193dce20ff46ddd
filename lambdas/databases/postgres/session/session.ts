/** One login to PostgreSQL: bounded in time, over verified TLS, closed whatever happens. */
import { isCodedError } from '../../../../lib/contract/index.ts';
import { Socket } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { Deadline } from '../../../runtime/deadline.ts';
import type { Credential, DatabaseAddress, TlsMode } from '../../port.ts';
import { DatabaseError } from '../../errors.ts';
import { connectRetry, timeForLogin } from '../../login-attempts.ts';
import type { DatabaseTrust } from '../../database-trust.ts';
import { classify, isPoolerRefusal } from './classify.ts';
import {
  behindPooler,
  refuseOtherIdentity,
  resetStatement,
  searchPath,
  type SessionIdentity,
} from './session-settings.ts';

export interface SessionOptions {
  readonly trust: DatabaseTrust;
  readonly deadline: Deadline;
  /** @default 5 s */
  readonly connectTimeoutMs?: number;
  /** A statement, and the wait for a lock. @default 10 s */
  readonly statementTimeoutMs?: number;
}

export interface Session {
  /** Rows of one statement. @throws DatabaseError */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs statements without values, in few round trips. @throws DatabaseError */
  run(statements: readonly string[]): Promise<void>;
  /** Runs `work` in a transaction, and undoes all of it where it throws. @throws DatabaseError, `uncertain` if the answer to COMMIT is lost. */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Runs `work` in a transaction, and undoes it: what can't be done throws as it would. @throws DatabaseError */
  rehearsal(work: () => Promise<unknown>): Promise<void>;
  /** Warnings of the server so far, such as privileges that were not granted. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Logs in, runs `work` and logs out. @throws DatabaseError, and whatever `work` throws. */
export const withSession = async <Result>(
  address: DatabaseAddress,
  credential: Credential,
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const where = `"${credential.username}" at ${address.host}:${address.port}/${address.dbname}`;
  const connection = await connectRetry(options.deadline).execute(() => connect(address, credential, options, where));
  try {
    return await work(openSession(connection.client, where));
  } finally {
    await disconnect(connection);
  }
};

const answerMs = 500;

interface Connection {
  readonly client: pg.Client;
  readonly socket: Socket;
}

const connect = async (
  { host, port, dbname, tls }: DatabaseAddress,
  { username, password }: Credential,
  { trust, deadline, connectTimeoutMs = 5_000, statementTimeoutMs = 10_000 }: SessionOptions,
  where: string,
): Promise<Connection> => {
  const remaining = timeForLogin(deadline, where);
  const timeout = Math.min(statementTimeoutMs, remaining);
  const socket = new Socket();
  const client = new pg.Client({
    host,
    port,
    database: dbname,
    user: username,
    password,
    ssl: sslOptions(tls, trust),
    stream: () => socket,
    application_name: 'strongroom-rotation',
    // Anyone who may create functions in a schema on the path could have the admin call them instead of the server's own.
    options: '-c search_path=pg_catalog,pg_temp',
    connectionTimeoutMillis: Math.min(connectTimeoutMs, remaining),
    statement_timeout: timeout,
    lock_timeout: timeout,
    // Later than the server's own, whose answer says what it was; the deadline keeps time back for it.
    query_timeout: timeout + answerMs,
  });
  // Without a listener a connection that breaks between two statements would end the process; the next statement reports it.
  client.on('error', () => undefined);
  let announcedPid: number | undefined;
  client.connection.on('backendKeyData', ({ processID }: { processID: number }) => {
    announcedPid = processID;
  });
  if (tls.mode === 'off') refuseClearText(client, socket);
  try {
    await client.connect();
    refuseOtherIdentity(await reset(client, timeout), username, announcedPid, where);
    return { client, socket };
  } catch (error) {
    socket.destroy();
    if (isCodedError(error)) throw error;
    if (isPoolerRefusal(error)) throw behindPooler(where, error);
    throw classify(error, `log in as ${where}`);
  }
};

/** The listener comes before the driver's, which then has nothing to write the password to. */
const refuseClearText = (client: pg.Client, socket: Socket): void => {
  client.connection.on('authenticationCleartextPassword', () => {
    socket.destroy(
      new DatabaseError(
        'tls',
        'The server asks for the password in clear text, and TLS is off: anyone on the way could read it. Turn TLS on, or use scram-sha-256 in pg_hba.conf',
        { retryable: false },
      ),
    );
  });
};

const reset = async (client: pg.Client, timeoutMs: number): Promise<SessionIdentity> => {
  // The driver gives one result for each statement; the last one says who we are.
  const results = (await client.query(
    resetStatement(timeoutMs),
  )) as unknown as readonly pg.QueryResult<SessionIdentity>[];
  const identity = results.at(-1)?.rows[0];
  if (identity === undefined) throw new TypeError('The server did not say who the session is');
  return identity;
};

const sslOptions = (tls: TlsMode, trust: DatabaseTrust): false | ConnectionOptions => {
  if (tls.mode === 'off') return false;
  const { servername } = tls;
  return {
    secureContext: trust.secureContext(tls),
    rejectUnauthorized: true,
    // The driver sends and checks the host it connects to; behind an alias the certificate has another name.
    ...(servername !== undefined && {
      checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
    }),
  };
};

const openSession = (client: pg.Client, where: string): Session => {
  const warnings: { code: string; message: string }[] = [];
  client.on('notice', ({ code, message, severity }) => {
    if (severity === 'WARNING') warnings.push({ code: code ?? '', message: message ?? '' });
  });
  const run = async <Row extends object>(
    text: string,
    values: readonly unknown[],
    doing: string,
    uncertain = false,
  ) => {
    try {
      // Without values the simple protocol is used: the only one in which utility statements are logged once.
      const result = await client.query<Row>(text, values.length > 0 ? [...values] : undefined);
      return result.rows;
    } catch (error) {
      throw classify(error, `${doing} as ${where}`, uncertain);
    }
  };
  // Triggers on events of the database run in this session, and can leave another path behind.
  const begin = () => run(`BEGIN; SET LOCAL search_path TO ${searchPath}`, [], 'begin');
  return {
    warnings,
    query: (text, values = []) => run(text, values, 'run a statement'),
    run: async (statements) => {
      for (let start = 0; start < statements.length; start += batch) {
        await run(statements.slice(start, start + batch).join(';\n'), [], 'run a statement');
      }
    },
    transaction: async (work) => {
      await begin();
      let result;
      try {
        result = await work();
      } catch (error) {
        await rollback(client, error);
        throw error;
      }
      await run('COMMIT', [], 'commit', true);
      return result;
    },
    rehearsal: async (work) => {
      await begin();
      try {
        await work();
      } catch (error) {
        await rollback(client, error);
        throw error;
      }
      await run('ROLLBACK', [], 'undo a rehearsal');
    },
  };
};

/** Statements in one message; more would be one long line in the server's log. */
const batch = 50;

/** A broken connection has rolled back by itself; the failure that led here is the one to report. */
const rollback = async (client: pg.Client, failure: unknown): Promise<void> => {
  if (failure instanceof DatabaseError && failure.kind === 'network') return;
  try {
    await client.query('ROLLBACK');
  } catch (error) {
    if (isCodedError(failure) && failure.cause === undefined) failure.cause = error;
  }
};

const farewellMs = 1_000;

/** Says goodbye, but does not wait for a server that is gone. */
const disconnect = async ({ client, socket }: Connection): Promise<void> => {
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  try {
    await client.end();
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
};
