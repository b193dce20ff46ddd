/** The whole command `strongroom access` at 5,000 secrets: as a table, as JSON, and laid out by the library of before. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import Table from 'cli-table3';
import { z } from 'zod';
import { writeGeneratedCatalog } from './support/generated-catalog.ts';
import { medianOf } from './support/median.ts';

const runs = 3;
const size = { applications: 200, secrets: 5_000 };

interface Figures {
  readonly name: string;
  /** Median, in user mode over all threads: other work of the machine counts less in it than in the wall time. */
  readonly userMs: number;
}

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-bench-'));
  try {
    const catalog = join(folder, 'catalog');
    await writeGeneratedCatalog(catalog, size);
    const command = ['cli/strongroom.js', 'access', '--catalog', catalog];
    const commands = {
      'as JSON': [...command, '--json'],
      'as a table': command,
      'as a table of cli-table3': ['--import', 'tsx', 'bench/peers/access-by-cli-table3.ts', catalog],
    };
    const figures: Figures[] = [];
    for (const [name, args] of Object.entries(commands)) {
      const times: number[] = [];
      for (let count = 0; count < runs; count++) times.push(await userTimeOf(args, join(folder, 'usage.json')));
      figures.push({ name, userMs: Math.round(medianOf(times)) });
    }
    if (json) console.log(JSON.stringify({ node: process.version, runs, ...size, figures }, undefined, 2));
    else print(figures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** In ms. */
const userTimeOf = async (args: readonly string[], usage: string): Promise<number> => {
  await execa('node', ['--import', 'tsx', '--import', './bench/support/report-usage.ts', ...args], {
    env: { STRONGROOM_BENCH_USAGE: usage },
    stdout: 'ignore',
  });
  return usageSchema.parse(JSON.parse(await readFile(usage, 'utf8'))).userCPUTime / 1000;
};

const usageSchema = z.object({ userCPUTime: z.number() });

const print = (figures: readonly Figures[]): void => {
  const [json] = figures;
  const shown = new Table({ head: ['strongroom access', 'processor', 'to JSON'] });
  for (const { name, userMs } of figures) {
    shown.push([name, `${(userMs / 1000).toFixed(1)} s`, `${(userMs / (json?.userMs ?? userMs)).toFixed(2)}x`]);
  }
  console.log(shown.toString());
  console.log(`${size.secrets.toLocaleString('en')} secrets, medians of ${runs} runs, Node ${process.version}.`);
};
