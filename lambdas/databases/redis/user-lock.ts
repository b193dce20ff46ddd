/**
 * One worker at a time changes a user. The server has no locks that end with a session, so a key stands for one. It
 * expires some time after its worker died, and no change is made unless it still exists at that moment.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import { retrying } from '../../runtime/retry.ts';
import { DatabaseError } from '../errors.ts';
import type { Fence, Session } from './session.ts';

export interface UserLockOptions {
  readonly clock: Clock;
  /** How long to wait for another worker. */
  readonly waitMs: number;
  /** How long a worker that died holds others up; one that lives is fenced off after it. @default 30 s */
  readonly lockMs?: number;
}

/** The keys that an admin must be allowed to read and write. */
export const lockKey = (username: string): string => `strongroom:rotation:${username}`;

/** @throws DatabaseError `database-unknown`, retryable, if another worker holds the lock for too long. */
export const withUserLock = async <Result>(
  session: Session,
  username: string,
  options: UserLockOptions,
  work: (fence: Fence) => Promise<Result>,
): Promise<Result> => {
  const fence: Fence = { key: lockKey(username), value: randomUUID() };
  await acquire(session, fence, options);
  try {
    return await work(fence);
  } finally {
    await release(session, fence);
  }
};

const acquire = async (
  session: Session,
  { key, value }: Fence,
  { clock, waitMs, lockMs = 30_000 }: UserLockOptions,
): Promise<void> => {
  const until = clock.now().getTime() + waitMs;
  const set = await retrying(() => session.run(['SET', key, value, 'NX', 'PX', String(lockMs)]), {
    clock,
    afterResult: (answer) => answer === null && clock.now().getTime() < until,
  });
  if (set !== null) return;
  throw new DatabaseError(
    'unknown',
    `Could not get the lock ${key} as ${session.where}: another worker holds it, or one died less than ${lockMs / 1_000} s ago`,
    { retryable: true },
  );
};

/** Removes the key unless it is another worker's by now. */
const release = async (session: Session, fence: Fence): Promise<void> => {
  // Without a connection the key can only be left to its expiry.
  if (!session.open) return;
  try {
    await session.transaction([['DEL', fence.key]], fence);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.kind === 'network')) throw error;
  }
};
