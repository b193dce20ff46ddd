/** One login to SQL Server: bounded in time, over verified TLS, closed whatever happens. */
import { Connection, Request, TYPES, type ConnectionConfiguration } from 'tedious';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Credential, DatabaseAddress } from '../port.ts';
import { connectRetry, timeForLogin } from '../login-attempts.ts';
import type { DatabaseTrust } from '../database-trust.ts';
import { classify } from './classify.ts';
import { connectTlsOnly } from './tls-only-socket.ts';

export interface SessionOptions {
  readonly trust: DatabaseTrust;
  readonly deadline: Deadline;
  /** @default 5 s */
  readonly connectTimeoutMs?: number;
  /** A statement, and the wait for a lock. @default 10 s */
  readonly statementTimeoutMs?: number;
}

export type Parameters = Readonly<Record<string, string | number>>;

export interface Session {
  /** Rows of one batch. Values travel as parameters, `@name`, and never inside the text. @throws DatabaseError */
  query<Row extends object = Record<string, unknown>>(text: string, parameters?: Parameters): Promise<Row[]>;
  /** Runs a batch that changes something. @throws DatabaseError, `uncertain` if its answer is lost. */
  change(text: string, parameters?: Parameters): Promise<void>;
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
    return await work(openSession(connection, where));
  } finally {
    connection.close();
  }
};

const connect = async (
  address: DatabaseAddress,
  credential: Credential,
  options: SessionOptions,
  where: string,
): Promise<Connection> => {
  const remaining = timeForLogin(options.deadline, where);
  const connection = new Connection(configuration(address, credential, options, remaining));
  // The driver's error for a refused login has no number; the server's message before it has.
  let number: number | undefined;
  connection.on('errorMessage', (message) => {
    number ??= message.number;
  });
  // Without a listener a connection that breaks between two batches would end the process; the next batch reports it.
  connection.on('error', () => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    return connection;
  } catch (error) {
    connection.close();
    throw classify(error, `log in as ${where}`, { number });
  }
};

const configuration = (
  { host, port, dbname, tls }: DatabaseAddress,
  { username, password }: Credential,
  { trust, connectTimeoutMs = 5_000, statementTimeoutMs = 10_000 }: SessionOptions,
  remaining: number,
): ConnectionConfiguration => ({
  server: host,
  authentication: { type: 'default', options: { userName: username, password } },
  options: {
    port,
    database: dbname,
    appName: 'strongroom-rotation',
    connectTimeout: Math.min(connectTimeoutMs, remaining),
    requestTimeout: Math.min(statementTimeoutMs, remaining),
    cancelTimeout: 1_000,
    // A login that was refused must not be repeated behind our back.
    maxRetriesOnTransientErrors: 0,
    ...(tls.mode === 'off'
      ? { encrypt: false }
      : {
          encrypt: true,
          trustServerCertificate: false,
          connector: () => connectTlsOnly({ host, port }, Math.min(connectTimeoutMs, remaining)),
          cryptoCredentialsDetails: { ca: [...trust.authorities(tls)], minVersion: 'TLSv1.2' },
          ...(tls.servername !== undefined && { serverName: tls.servername }),
        }),
  },
});

const openSession = (connection: Connection, where: string): Session => {
  const run = async (text: string, parameters: Parameters, uncertain: boolean): Promise<Record<string, unknown>[]> => {
    const rows: Record<string, unknown>[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const request = new Request(text, (error) => {
          if (error) reject(error);
          else resolve();
        });
        for (const [name, value] of Object.entries(parameters)) {
          request.addParameter(name, typeof value === 'number' ? TYPES.Int : TYPES.NVarChar, value);
        }
        request.on('row', (columns: readonly { metadata: { colName: string }; value: unknown }[]) => {
          rows.push(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value])));
        });
        connection.execSql(request);
      });
      return rows;
    } catch (error) {
      throw classify(error, `run a statement as ${where}`, { uncertain });
    }
  };
  return {
    query: async <Row extends object>(text: string, parameters: Parameters = {}) =>
      (await run(text, parameters, false)) as Row[],
    change: async (text, parameters = {}) => {
      await run(text, parameters, true);
    },
  };
};
