/** `npm run bench -- NAME [--json]`: runs one benchmark of this folder. */
import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';

interface Benchmark {
  run(options: { json: boolean }): Promise<void>;
}

const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const [name] = positionals;
if (values.help || name === undefined || !names.includes(name)) {
  console.error(`Usage: npm run bench -- NAME [--json]\nNAME is one of: ${names.join(', ')}`);
  process.exitCode = values.help ? 0 : 2;
} else {
  const benchmark = (await import(`./${name}.ts`)) as Benchmark;
  await benchmark.run({ json: values.json });
}
