/** How long the installed command takes until it prints its help, next to Node alone and the CDK's command. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { execa } from 'execa';

import { npmInstall, packed } from '../test/_helpers/packed.ts';
import { medianOf } from './support/median.ts';

const runs = 20;

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-bench-'));
  try {
    await npmInstall(folder, [await packed('cli')]);
    const installed = join(folder, 'node_modules/@strongroom/cli/strongroom.js');
    const contenders: Contender[] = [
      { name: 'node -e 0', args: ['-e', '0'] },
      { name: 'strongroom --help, installed', args: [installed, '--help'] },
      { name: 'strongroom validate, installed', args: [installed, 'validate'] },
      { name: 'strongroom --help, in a clone', args: ['cli/strongroom.js', '--help'] },
      { name: 'cdk --help', args: ['node_modules/aws-cdk/bin/cdk', '--help'] },
    ];
    const figures = await measure(contenders);
    if (json) console.log(JSON.stringify({ node: process.version, runs, figures }, undefined, 2));
    else print(figures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface Contender {
  readonly name: string;
  readonly args: readonly string[];
}

interface Figures {
  readonly name: string;
  /** Median from start to end of the process. */
  readonly wallMs: number;
}

/** In turns, so that a busy moment of the machine hits all of them. */
const measure = async (contenders: readonly Contender[]): Promise<Figures[]> => {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let turn = 0; turn < runs; turn += 1) {
    for (const { name, args } of contenders) {
      const { durationMs } = await execa(process.execPath, args, { stdout: 'ignore' });
      times.get(name)?.push(durationMs);
    }
  }
  return [...times].map(([name, all]) => ({ name, wallMs: Math.round(medianOf(all)) }));
};

const print = (figures: readonly Figures[]): void => {
  const table = new Table({ head: ['command', 'median ms'], style: { head: [], border: [] } });
  for (const { name, wallMs } of figures) table.push([name, wallMs]);
  console.log(`${table.toString()}\nNode ${process.version}, ${runs} runs in turns`);
};
