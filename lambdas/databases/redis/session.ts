/** One login to Redis or Valkey: bounded in time, over verified TLS, closed whatever happens. */
import type { Deadline } from '../../runtime/deadline.ts';
import type { Credential, DatabaseAddress } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import { connectRetry, timeForLogin } from '../login-attempts.ts';
import type { DatabaseTrust } from '../database-trust.ts';
import { classify } from './classify.ts';
import { openConnection, ServerRefusal, type Connection, type Reply } from './connection.ts';

export interface SessionOptions {
  readonly trust: DatabaseTrust;
  readonly deadline: Deadline;
  /** @default 5 s */
  readonly connectTimeoutMs?: number;
  /** A command, and the wait for a lock. @default 10 s */
  readonly commandTimeoutMs?: number;
}

export type Command = readonly [name: string, ...words: string[]];

/** A key that must still hold a value when a transaction runs. */
export interface Fence {
  readonly key: string;
  readonly value: string;
}

export interface Session {
  /** User name and address, for messages. */
  readonly where: string;
  /** @throws DatabaseError */
  run(command: Command): Promise<Reply>;
  /** Sends commands together and gives their replies. @throws DatabaseError for the first that fails. */
  runAll(commands: readonly Command[]): Promise<readonly Reply[]>;
  /**
   * Runs commands together, nothing of another client's between them, if the fence holds right then. What the server
   * refuses only while it runs them is among the replies.
   *
   * @returns `undefined` if the fence does not hold; nothing has happened.
   * @throws DatabaseError if a command may not be run: nothing has happened; `uncertain` if the answer is lost.
   */
  transaction(commands: readonly Command[], fence: Fence): Promise<readonly Reply[] | undefined>;
  /** Whether the connection is still open. */
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
  const connection = await connectRetry(options.deadline).execute(() => logIn(address, credential, options, where));
  try {
    return await work(openSession(connection, where));
  } finally {
    await connection.close();
  }
};

const logIn = async (
  address: DatabaseAddress,
  { username, password }: Credential,
  { trust, deadline, connectTimeoutMs = 5_000, commandTimeoutMs = 10_000 }: SessionOptions,
  where: string,
): Promise<Connection> => {
  const remaining = timeForLogin(deadline, where);
  let connection;
  try {
    connection = await openConnection(address, {
      trust,
      connectTimeoutMs: Math.min(connectTimeoutMs, remaining),
      answerTimeoutMs: () => Math.min(commandTimeoutMs, deadline.remainingMs()),
    });
    await connection.send(['AUTH', username, password]);
    return connection;
  } catch (error) {
    await connection?.close();
    throw classify(error, `log in as ${where}`);
  }
};

const openSession = (connection: Connection, where: string): Session => {
  const run = async (command: Command, uncertain = false): Promise<Reply> => {
    try {
      return await connection.send(command);
    } catch (error) {
      throw classify(error, `run ${nameOf(command)} as ${where}`, uncertain);
    }
  };
  const runAll = (commands: readonly Command[]): Promise<readonly Reply[]> => settled(commands.map((one) => run(one)));
  return {
    where,
    run: (command) => run(command),
    runAll,
    transaction: async (commands, { key, value }) => {
      const [, held] = await runAll([
        ['WATCH', key],
        ['GET', key],
      ]);
      if (held !== value) {
        await run(['UNWATCH']);
        return undefined;
      }
      const queued = ([['MULTI'], ...commands] as const).map((command) => run(command));
      const executed = run(['EXEC'], true);
      const [outcome] = await Promise.allSettled([executed, ...queued]);
      // A connection that broke fails them all, but only EXEC can have happened.
      if (outcome.status === 'rejected' && isUncertain(outcome.reason)) throw outcome.reason;
      const replies = await settled([...queued, executed]);
      const results = replies.at(-1);
      return Array.isArray(results) ? (results as readonly Reply[]) : undefined;
    },
    get open() {
      return connection.open;
    },
  };
};

/** All are waited for, so that none fails unheard; the first that failed is told. */
const settled = async (replies: readonly Promise<Reply>[]): Promise<readonly Reply[]> => {
  const results = await Promise.allSettled(replies);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
};

/** `ACL SETUSER`, without user and rules. */
const nameOf = ([name, ...words]: Command): string =>
  ['ACL', 'CLIENT', 'CONFIG'].includes(name) ? `${name} ${words[0] ?? ''}` : name;

const isUncertain = (error: unknown): boolean => error instanceof DatabaseError && error.uncertain;

/** The text of a reply. @throws DatabaseError for anything else. */
export const textOf = (reply: Reply | undefined, what: string): string => {
  if (typeof reply === 'string') return reply;
  throw classify(reply instanceof ServerRefusal ? reply : new Error('unexpected answer'), what);
};
