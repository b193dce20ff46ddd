/** Splits work into lots, each of which fits into the server's table of locks with what others hold. */
import type { Deadline } from '../../runtime/deadline.ts';
import { DatabaseError } from '../errors.ts';
import type { Session } from './session/session.ts';

interface Locking {
  readonly locks: number;
}

/** So many locks one transaction may take: at most a quarter of the table, which all sessions share. */
export const lockBudget = async (session: Session): Promise<number> => {
  const [row] = await session.query<{ locks: number }>(
    "SELECT least(1500, current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int / 4) AS locks",
  );
  return row?.locks ?? 0;
};

export const locksOf = (items: readonly Locking[]): number => items.reduce((sum, { locks }) => sum + locks, 0);

export const intoLots = <Item extends Locking>(
  items: readonly Item[],
  budget: number,
): readonly (readonly Item[])[] => {
  const lots: Item[][] = [];
  let used = Infinity;
  for (const item of items) {
    if (used + item.locks > budget) {
      lots.push([]);
      used = 0;
    }
    lots.at(-1)?.push(item);
    used += item.locks;
  }
  return lots;
};

/** Less than this is not enough for one more lot. */
export const leastMs = 5_000;

/** @throws DatabaseError, retryable, if no time is left. */
export const refuseWithoutTime = (
  deadline: Deadline,
  what: string,
  { done, lots }: { readonly done: number; readonly lots: number },
): void => {
  if (deadline.remainingMs() >= leastMs) return;
  throw new DatabaseError(
    'unknown',
    `Could not ${what} in the time of one call: ${done} of ${lots} lots are done; a retry continues from here`,
    { retryable: true },
  );
};
