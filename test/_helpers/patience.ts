/** How long a test waits for what must come in the end: far longer than a loaded machine takes, and never for what must not come. */
export const patience = { timeout: 120_000 } as const;
