/** `npm run bench -- NAME [--json] [--up-to N]`: runs one benchmark of this folder. */
import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';

interface Benchmark {
  run(options: { json: boolean; upTo?: number }): Promise<void>;
}

const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    'up-to': { type: 'string' },
  },
});
const [name] = positionals;
const upTo = values['up-to'];
if (values.help || name === undefined || !names.includes(name) || (upTo !== undefined && !/^\d+$/.test(upTo))) {
  console.error(
    `Usage: npm run bench -- NAME [--json] [--up-to N]\nNAME is one of: ${names.join(', ')}\nN is the largest number of secrets, for synth`,
  );
  process.exitCode = values.help ? 0 : 2;
} else {
  const benchmark = (await import(`./${name}.ts`)) as Benchmark;
  await benchmark.run({ json: values.json, ...(upTo !== undefined && { upTo: Number(upTo) }) });
}
