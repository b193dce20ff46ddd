/** What a synth of the shipped catalog costs: its wall time, with the functions bundled and without, and what comes out. */
import { performance } from 'node:perf_hooks';
import Table from 'cli-table3';
import { medianOf } from './support/median.ts';
import { withAssembly } from './support/assembly.ts';

const runs = 5;

interface Figures {
  /** Median wall time of `bin/app.ts`, process start to exit, in milliseconds; the rule packs are in it. */
  readonly synthMs: number;
  /** The same with both functions bundled anew. */
  readonly synthAndBundleMs: number;
  readonly stacks: number;
  readonly resources: number;
  /** Of the stack with the most resources; CloudFormation takes 500. */
  readonly mostResources: number;
  /** Of the largest template, in bytes; CloudFormation takes 1,000,000. */
  readonly largestTemplateBytes: number;
}

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const figures = await measure();
  if (json) console.log(JSON.stringify({ runs, node: process.version, ...figures }, undefined, 2));
  else print(figures);
};

const measure = async (): Promise<Figures> => {
  const synthMs = await medianTime(false);
  const synthAndBundleMs = await medianTime(true);
  const templates = await withAssembly({ bundle: false }, (assembly) => Promise.resolve(assembly.templates));
  const resources = templates.map(({ resources }) => Object.keys(resources).length);
  return {
    synthMs,
    synthAndBundleMs,
    stacks: templates.length,
    resources: resources.reduce((sum, count) => sum + count, 0),
    mostResources: Math.max(...resources),
    largestTemplateBytes: Math.max(...templates.map(({ bytes }) => bytes)),
  };
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

const print = (figures: Figures): void => {
  const table = new Table({ head: ['synth of catalog/', 'figure'], style: { head: [], border: [] } });
  table.push(
    ['wall time', `${figures.synthMs} ms`],
    ['wall time with both functions bundled', `${figures.synthAndBundleMs} ms`],
    ['stacks', figures.stacks],
    ['resources', figures.resources],
    ['resources of the largest stack', `${figures.mostResources} of 500`],
    ['largest template', `${(figures.largestTemplateBytes / 1000).toFixed(1)} kB of 1000`],
  );
  console.log(table.toString());
  console.log(`Medians of ${runs} runs, process start to exit, Node ${process.version}.`);
};
