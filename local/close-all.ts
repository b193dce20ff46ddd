/** Ends what was started together. */

/**
 * Last started, first ended. All are ended, also after a failure. Empties the list.
 *
 * @throws AggregateError with every failure.
 */
export const closeAll = async (closers: (() => void | Promise<void>)[], what: string): Promise<void> => {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${what} did not end cleanly`);
};
