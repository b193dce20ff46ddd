/** How many cells of the access matrix are decided a second: by the rule, by the matrix's evaluator, and by its peer. */
import Table from 'cli-table3';
import { type AccessRequest, decide } from '../lib/access/index.ts';
import { loadCatalog } from '../lib/catalog/index.ts';
import { matrixOf } from '../test/infra/matrix/cells.ts';
import { everyCell, sampleOf } from '../test/infra/matrix/compare.ts';
import { decidedByPeer } from '../test/infra/matrix/decided.ts';
import { checksOf, measure } from '../test/infra/matrix/measure.ts';
import { synthesisePolicies } from '../test/infra/matrix/synthesise.ts';
import { worldOf } from '../test/infra/matrix/world.ts';
import { medianOf } from './support/median.ts';

const runs = 3;
const cellsOfPeer = 100;

interface Figures {
  readonly name: string;
  readonly cells: number;
  /** Median. */
  readonly cellsPerSecond: number;
}

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const catalog = loadCatalog('catalog');
  const matrix = matrixOf(catalog);
  const world = worldOf(catalog, synthesisePolicies(catalog));
  const all = [...everyCell(matrix)];
  const few = sampleOf(matrix, { seed: 1, bound: cellsOfPeer }).filter(
    ({ principal }) => principal.account !== undefined,
  );
  const figures = [
    await figuresOf('rule, from the catalog', all, decide),
    await figuresOf('evaluator of the matrix, from the templates', all, (request) => measure(world, request)),
    await figuresOf('@cloud-copilot/iam-simulate, from the templates', few, async (request) => {
      for (const check of checksOf(world, request)) {
        if (!(await decidedByPeer(world, request, check))) return;
      }
    }),
  ];
  if (json) console.log(JSON.stringify({ node: process.version, runs, figures }, undefined, 2));
  else print(figures);
};

const figuresOf = async (
  name: string,
  requests: readonly AccessRequest[],
  decideOne: (request: AccessRequest) => unknown,
): Promise<Figures> => {
  const rates: number[] = [];
  for (let index = 0; index < runs; index++) {
    const start = performance.now();
    for (const request of requests) {
      const decision = decideOne(request);
      if (decision instanceof Promise) await decision;
    }
    rates.push((requests.length / (performance.now() - start)) * 1000);
  }
  return { name, cells: requests.length, cellsPerSecond: Math.round(medianOf(rates)) };
};

const print = (figures: readonly Figures[]): void => {
  const table = new Table({ head: ['decided by', 'cells', 'cells a second', 'to the peer'] });
  const peer = figures.at(-1)?.cellsPerSecond ?? 0;
  for (const { name, cells, cellsPerSecond } of figures) {
    const ratio = `${(cellsPerSecond / peer).toFixed(0)}x`;
    table.push([name, cells.toLocaleString('en'), cellsPerSecond.toLocaleString('en'), ratio]);
  }
  console.log(table.toString());
  console.log(`Node ${process.version}, the example catalog, medians of ${runs} runs`);
};
