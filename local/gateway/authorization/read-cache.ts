/** What was read of the deployed policies, kept until something may have changed them. */

export interface ReadCache {
  get<T>(key: string, load: () => Promise<T>): Promise<T>;
  /** Something was written: what was read before is forgotten. */
  forget(): void;
  /** A stack began to change: nothing is kept until `isSettled` says that it has come to rest. */
  unsettle(isSettled: () => Promise<boolean>): void;
}

export const createReadCache = (): ReadCache => {
  const kept = new Map<string, Promise<unknown>>();
  let unsettled: (() => Promise<boolean>)[] = [];

  const settle = async (): Promise<boolean> => {
    const before = unsettled;
    const settled = await Promise.all(before.map((isSettled) => isSettled()));
    unsettled = unsettled.filter((isSettled) => {
      const index = before.indexOf(isSettled);
      return index === -1 || settled[index] !== true;
    });
    return unsettled.length === 0;
  };

  return {
    get: async <T>(key: string, load: () => Promise<T>): Promise<T> => {
      if (unsettled.length > 0) {
        kept.clear();
        if (!(await settle())) return load();
      }
      const known = kept.get(key);
      if (known) return known as Promise<T>;
      const loading = load();
      kept.set(key, loading);
      // A failed read is not kept.
      loading.catch(() => {
        if (kept.get(key) === loading) kept.delete(key);
      });
      return loading;
    },
    forget: () => {
      kept.clear();
    },
    unsettle: (isSettled) => {
      unsettled.push(isSettled);
      kept.clear();
    },
  };
};
