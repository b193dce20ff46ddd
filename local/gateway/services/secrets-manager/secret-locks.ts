/** One writer a secret: the overlay's several calls to the emulator are one step for everyone else. */

export interface SecretLocks {
  /** Runs `work` once all earlier work under the same key is over; its failure reaches only the caller. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export const createSecretLocks = (): SecretLocks => {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run: (key, work) => {
      const earlier = tails.get(key) ?? Promise.resolve();
      const result = earlier.then(work, work);
      const tail = result.then(nothing, nothing).finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      tails.set(key, tail);
      return result;
    },
  };
};

const nothing = (): void => undefined;
