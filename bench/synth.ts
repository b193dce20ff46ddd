/** What a synth costs: of the shipped catalog with its functions bundled and without, and at 100, 1,000 and 10,000 secrets. */
import { performance } from 'node:perf_hooks';
import Table from 'cli-table3';
import { medianOf } from './support/median.ts';
import { withAssembly } from './support/assembly.ts';
import { synthAtSize, type SynthFigures } from './support/synth-at-size.ts';

const runs = 3;

/** 25 secrets per application. */
const sizes = [
  { applications: 4, secrets: 100 },
  { applications: 40, secrets: 1_000 },
  { applications: 400, secrets: 10_000 },
];

interface Figures {
  /** Median wall time of `bin/app.ts` with the shipped catalog, process start to exit; the rule packs are in it. */
  readonly synthMs: number;
  /** The same, but every function is bundled again. */
  readonly synthAndBundleMs: number;
  /** One run each. */
  readonly curve: readonly SynthFigures[];
}

export const run = async ({ json, upTo = Infinity }: { json: boolean; upTo?: number }): Promise<void> => {
  const figures = await measure(upTo);
  if (json) console.log(JSON.stringify({ runs, node: process.version, ...figures }, undefined, 2));
  else print(figures);
};

const measure = async (upTo: number): Promise<Figures> => {
  const synthMs = await medianTime(false);
  const synthAndBundleMs = await medianTime(true);
  const curve: SynthFigures[] = [];
  for (const size of sizes.filter(({ secrets }) => secrets <= upTo)) curve.push(await synthAtSize(size));
  return { synthMs, synthAndBundleMs, curve };
};

const medianTime = async (bundle: boolean): Promise<number> => {
  const times: number[] = [];
  for (let count = 0; count < runs; count++) {
    const start = performance.now();
    await withAssembly({ bundle }, () => {
      times.push(performance.now() - start);
      return Promise.resolve();
    });
  }
  return Math.round(medianOf(times));
};

const print = ({ synthMs, synthAndBundleMs, curve }: Figures): void => {
  const table = new Table({
    head: [
      'secrets',
      'wall',
      'processor',
      'a secret',
      'peak memory',
      'stacks',
      'resources',
      'most',
      'largest template',
    ],
    style: { head: [], border: [] },
  });
  table.push(
    ...curve.map((figures) => [
      figures.secrets,
      seconds(figures.wallMs),
      seconds(figures.userMs),
      `${(figures.wallMs / figures.secrets).toFixed(1)} ms`,
      `${figures.peakMegabytes} MB`,
      figures.stacks,
      figures.resources,
      `${figures.mostResources} of 500`,
      `${Math.round(figures.largestTemplateBytes / 1000)} kB of 1000`,
    ]),
  );
  console.log(table.toString());
  console.log(`The shipped catalog: ${seconds(synthMs)}, with its functions bundled ${seconds(synthAndBundleMs)}.`);
  console.log(`Process start to exit, medians of ${runs} runs for the shipped catalog, Node ${process.version}.`);
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
