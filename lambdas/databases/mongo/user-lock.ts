/**
 * One worker at a time changes a user. There are no locks that end with a session, so a document stands for one: it
 * expires when the function of its owner has certainly ended, if the owner dies before it can remove it.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../runtime/clock.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { retrying } from '../../runtime/retry.ts';
import type { Confirm } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import { hasCode } from './classify.ts';
import type { Session } from './session.ts';

/** Where the admin must be allowed to find, insert, update and remove. */
export const locks = { database: 'strongroom', collection: 'locks' } as const;

export interface LockOptions {
  readonly deadline: Deadline;
  /** How long to wait for another worker. @default 10 s */
  readonly commandTimeoutMs?: number;
}

/**
 * Asks `confirm` once all locks are held.
 *
 * @returns `withdrawn` where the change is not wanted any more.
 * @throws DatabaseError `database-unknown`, retryable, if another worker holds a lock for too long.
 */
export const withUserLocks = async <Result>(
  session: Session,
  usernames: readonly string[],
  options: LockOptions,
  confirm: Confirm,
  work: () => Promise<Result>,
): Promise<Result | 'withdrawn'> => {
  const holder = randomUUID();
  const held: string[] = [];
  try {
    // Always in the same order, so that no two workers wait for each other.
    for (const username of [...usernames].sort()) {
      await acquire(session, username, holder, options);
      held.push(username);
    }
    return (await confirm()) ? await work() : 'withdrawn';
  } finally {
    for (const username of held) await release(session, username, holder);
  }
};

/** What clocks may differ by, and a command that the server carries out late. */
const marginMs = 10_000;

const acquire = async (
  session: Session,
  username: string,
  holder: string,
  { deadline, commandTimeoutMs = 10_000 }: LockOptions,
): Promise<void> => {
  const clock = systemClock(deadline);
  const until = clock.now().getTime() + commandTimeoutMs;
  const acquired = await retrying(() => tryToAcquire(session, username, holder, deadline), {
    clock,
    afterResult: (held) => !held && clock.now().getTime() < until,
  });
  if (acquired) return;
  throw new DatabaseError(
    'unknown',
    `Could not get the lock of user "${username}" in ${locks.database}.${locks.collection} as ${session.where}: another worker holds it, or one died a short while ago`,
    { retryable: true },
  );
};

const duplicateKey: ReadonlySet<unknown> = new Set([11000]);

/** Takes a lock that has expired, or creates one. A lock that is held has the same id, so the insert fails. */
const tryToAcquire = async (
  session: Session,
  username: string,
  holder: string,
  deadline: Deadline,
): Promise<boolean> => {
  const now = Date.now();
  try {
    await session.change(
      {
        findAndModify: locks.collection,
        query: { _id: username, expiresAt: { $lte: new Date(now) } },
        update: { $set: { holder, expiresAt: new Date(now + deadline.remainingMs() + marginMs) } },
        upsert: true,
      },
      locks.database,
    );
    return true;
  } catch (error) {
    if (hasCode(error, duplicateKey)) return false;
    throw error;
  }
};

/** Removes the lock unless it is another worker's by now. Without a connection it can only be left to its expiry. */
const release = async (session: Session, username: string, holder: string): Promise<void> => {
  if (!session.open) return;
  try {
    await session.change(
      { delete: locks.collection, deletes: [{ q: { _id: username, holder }, limit: 1 }] },
      locks.database,
    );
  } catch (error) {
    if (!(error instanceof DatabaseError && error.kind === 'network')) throw error;
  }
};
