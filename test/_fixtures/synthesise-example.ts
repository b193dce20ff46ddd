/** Prints the stacks of the example catalog, synthesised as the command does. */
import { synthesise } from '../../cli/adapters/synth.ts';

const assembly = await synthesise('catalog', {
  whose: 'the example catalog',
  timeoutMs: 600_000,
  signal: new AbortController().signal,
});
for (const name of assembly?.keys() ?? []) console.log(name);
