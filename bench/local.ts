/** `npm run local` from cold (the emulator is installed) and warm, as a user waits for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { execa } from 'execa';
import type { RehearsalEvent } from '../local/rehearsal/report.ts';
import { medianOf } from './support/median.ts';

const warmRuns = 3;

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const cache = await mkdtemp(join(tmpdir(), 'strongroom-bench-'));
  try {
    const cold = await rehearse(cache);
    const warm: Map<string, number>[] = [];
    for (let count = 0; count < warmRuns; count++) warm.push(await rehearse(cache));
    const rows = [...cold].map(([line, coldMs]) => ({
      line,
      coldMs,
      warmMs: Math.round(medianOf(warm.map((times) => times.get(line) ?? 0))),
    }));
    if (json) console.log(JSON.stringify({ warmRuns, rows }, undefined, 2));
    else print(rows);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
};

/** Milliseconds of each line, and of the whole command. */
const rehearse = async (cache: string): Promise<Map<string, number>> => {
  const start = performance.now();
  const { stdout } = await execa(process.execPath, ['--import', './local/with-tsx.js', 'local/main.ts', '--json'], {
    cwd: join(import.meta.dirname, '..'),
    env: { STRONGROOM_CACHE: cache },
  });
  const times = new Map<string, number>();
  for (const text of stdout.split('\n').filter((line) => line.startsWith('{"type"'))) {
    const event = JSON.parse(text) as RehearsalEvent;
    if (event.type === 'held') times.set(event.title, event.milliseconds);
  }
  return times.set('start to exit', Math.round(performance.now() - start));
};

const print = (rows: readonly { line: string; coldMs: number; warmMs: number }[]): void => {
  const table = new Table({
    head: ['npm run local', 'cold', 'warm'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right'],
  });
  for (const { line, coldMs, warmMs } of rows) table.push([line, seconds(coldMs), seconds(warmMs)]);
  console.log(table.toString());
  console.log(`One cold run, in which the emulator is installed; medians of ${warmRuns} warm ones.`);
};

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
