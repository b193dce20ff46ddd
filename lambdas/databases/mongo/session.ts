/** One login to MongoDB or DocumentDB: bounded in time, over verified TLS, closed whatever happens. */
import { setTimeout as wait } from 'node:timers/promises';
import { MongoClient, MongoServerError, type Document, type MongoClientOptions } from 'mongodb';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Credential, DatabaseAddress } from '../port.ts';
import { connectionFailure } from '../connection-failure.ts';
import type { DatabaseTrust } from '../database-trust.ts';
import { timeForLogin } from '../login-attempts.ts';
import { classify } from './classify.ts';
import { LimitedConnection } from './scram-limit.ts';

export interface SessionOptions {
  readonly trust: DatabaseTrust;
  readonly deadline: Deadline;
  /** Also how long a server that is out of reach is tried again. @default 5 s */
  readonly connectTimeoutMs?: number;
  /** A command, and the wait for a lock. @default 10 s */
  readonly commandTimeoutMs?: number;
}

/** Users are in this database, and log in there. */
export const userDatabase = 'admin';

export interface Session {
  readonly username: string;
  /** User name and address, for messages. */
  readonly where: string;
  /** Runs a command. @throws DatabaseError */
  query(command: Document, database?: string): Promise<Document>;
  /**
   * Runs a command that changes something, and has most servers of a replica set keep it: what only one has is gone when
   * that one is.
   *
   * @throws DatabaseError, `uncertain` if it may have happened.
   */
  change(command: Document, database?: string): Promise<Document>;
  /** Whether the connection is still open: the driver would make another, and log in once more. */
  readonly open: boolean;
}

/** Logs in, runs `work` and logs out. @throws DatabaseError, and whatever `work` throws. */
export const withSession = async <Result>(
  address: DatabaseAddress,
  credential: Credential,
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const where = `"${credential.username}" at ${address.host}:${address.port}`;
  const client = await connect(address, credential, options, where);
  try {
    return await work(openSession(client, credential, options, where));
  } finally {
    await close(client);
  }
};

const connect = async (
  address: DatabaseAddress,
  credential: Credential,
  options: SessionOptions,
  where: string,
): Promise<MongoClient> => {
  const remaining = timeForLogin(options.deadline, where);
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const client = new MongoClient(
    `mongodb://${host}:${address.port}/`,
    configuration(address, credential, options, remaining),
  );
  try {
    // The driver tries a server that it does not trust until its time is up; that can wait for the next rotation.
    await Promise.race([client.connect(), untrusted(client)]);
    return client;
  } catch (error) {
    await close(client);
    throw classify(error, `log in as ${where}`, { secrets: [credential.password] });
  }
};

const configuration = (
  { tls }: DatabaseAddress,
  { username, password }: Credential,
  { trust, connectTimeoutMs = 5_000, commandTimeoutMs = 10_000 }: SessionOptions,
  remaining: number,
): MongoClientOptions => ({
  appName: 'strongroom-rotation',
  auth: { username, password },
  authSource: userDatabase,
  // The server that the secret names and no other: names that a replica set gives its servers may lead elsewhere.
  directConnection: true,
  maxPoolSize: 1,
  // Nothing is repeated behind our back, least of all a login; DocumentDB knows no such writes anyway.
  retryReads: false,
  retryWrites: false,
  maxAdaptiveRetries: 0,
  serverMonitoringMode: 'poll',
  ...{ connectionType: LimitedConnection },
  serverSelectionTimeoutMS: Math.min(connectTimeoutMs, remaining),
  connectTimeoutMS: Math.min(connectTimeoutMs, remaining),
  waitQueueTimeoutMS: Math.min(connectTimeoutMs, remaining),
  socketTimeoutMS: Math.min(commandTimeoutMs, remaining),
  ...(tls.mode === 'off'
    ? { tls: false }
    : {
        tls: true,
        secureContext: trust.secureContext(tls),
        ...(tls.servername !== undefined && { servername: tls.servername }),
      }),
});

const untrusted = (client: MongoClient): Promise<never> =>
  new Promise((_, reject) => {
    client.on('serverHeartbeatFailed', ({ failure }) => {
      if (connectionFailure(failure)?.kind === 'tls') reject(failure);
    });
  });

const openSession = (
  client: MongoClient,
  { username, password }: Credential,
  { commandTimeoutMs = 10_000 }: SessionOptions,
  where: string,
): Session => {
  let open = true;
  const run = async (command: Document, database: string, changing: boolean): Promise<Document> => {
    const name = Object.keys(command)[0] ?? 'a command';
    try {
      const reply = await client.db(database).command(command);
      refuseHalf(reply);
      return reply;
    } catch (error) {
      const secrets = [password, ...(typeof command['pwd'] === 'string' ? [command['pwd']] : [])];
      if (!(error instanceof MongoServerError)) open = false;
      throw classify(error, `run ${name} as ${where}`, { secrets, changing });
    }
  };
  return {
    username,
    where,
    query: (command, database = userDatabase) => run(command, database, false),
    change: (command, database = userDatabase) =>
      run({ ...command, writeConcern: { w: 'majority', wtimeout: commandTimeoutMs } }, database, true),
    get open() {
      return open;
    },
  };
};

/** Done, but not on as many servers as it should be: the command itself has succeeded, and the driver says nothing. */
const refuseHalf = ({ writeConcernError }: Document): void => {
  if (writeConcernError !== undefined) throw new MongoServerError(writeConcernError as Document);
};

const farewellMs = 1_000;

/** Says goodbye, but does not wait for a server that is gone. */
const close = async (client: MongoClient): Promise<void> => {
  const told = new AbortController();
  try {
    await Promise.race([client.close(), wait(farewellMs, undefined, { signal: told.signal })]);
  } finally {
    told.abort();
  }
};
