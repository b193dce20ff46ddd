/** Work that runs at the same time and writes into one folder. */

/**
 * Does all of it at once. The first failure ends the others by their signal, and is thrown when they have ended: who then
 * removes the folder finds nobody at work in it.
 */
export const together = async <T extends readonly unknown[]>(
  signal: AbortSignal,
  ...work: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> }
): Promise<T> => {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const endOthers = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  const running = work.map((one) => one(either).catch(endOthers));
  await Promise.allSettled(running);
  // Aborted by the first failure; its reason stays.
  failed.signal.throwIfAborted();
  return (await Promise.all(running)) as unknown as T;
};
