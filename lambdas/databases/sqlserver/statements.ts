/** Statements that the server itself writes, with its own quoting, from what its catalog views say. */
import type { Parameters, Session } from './session.ts';

/**
 * Runs what a query gives in its one column `statement`, one after the other.
 *
 * @returns what there was.
 */
export const runAll = async (session: Session, query: string, parameters: Parameters): Promise<readonly string[]> => {
  const statements = await session.query<{ statement: string }>(query, parameters);
  for (const { statement } of statements) await session.change('EXEC (@statement)', { statement });
  return statements.map(({ statement }) => statement);
};
