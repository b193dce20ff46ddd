/** How long a test waits for what must come in the end: far longer than a loaded machine takes, and never for what must not come. */
export const patience = { timeout: 120_000 } as const;

/** Tries with a short time for what must run out, and then with more: a slow machine may not get there in the first one. */
export const withMoreTime = async (firstMs: number, attempt: (ms: number) => Promise<void>): Promise<void> => {
  for (let ms = firstMs; ; ms *= 4) {
    try {
      await attempt(ms);
      return;
    } catch (error) {
      if (ms >= patience.timeout) throw error;
    }
  }
};
