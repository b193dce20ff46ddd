/** How many cells of the access matrix are decided a second: by the rule, by the matrix's evaluator, and by its peer. */
import Table from 'cli-table3';
import { processHost } from '../cli/terminal/host.ts';
import { table } from '../cli/terminal/table.ts';
import { type AccessRequest, decide } from '../lib/access/index.ts';
import { loadCatalog } from '../lib/catalog/index.ts';
import { matrixOf } from '../test/infra/access/matrix/cells.ts';
import { everyCell, sampleOf } from '../test/infra/access/matrix/compare.ts';
import { decidedByPeer } from '../test/infra/access/matrix/decided.ts';
import { checksOf, measure } from '../test/infra/access/matrix/measure.ts';
import { synthesisePolicies } from '../test/infra/access/matrix/synthesise.ts';
import { worldOf } from '../test/infra/access/matrix/world.ts';
import { medianOf } from './support/median.ts';

const runs = 3;
const cellsOfPeer = 100;

interface Figures {
  readonly name: string;
  readonly cells: number;
  /** Median. */
  readonly cellsPerSecond: number;
}

/** Rows as a table and the same rows as JSON, in ms: the table must not take most of the time. */
const printedRows = 20_000;

const printing = (): { readonly rows: number; readonly tableMs: number; readonly jsonMs: number } => {
  const rows = Array.from({ length: printedRows }, (_, index) => [
    `prod/application-${index % 50}/secret-${index}`,
    'api-key',
    `consumer service-${index % 7} (ecs)`,
    'read',
    `prod-application-${index % 50}-service-${index % 7}`,
    'role, secret, key standard',
  ]);
  const host = processHost({ stdout: process.stdout, stderr: process.stderr, env: {} }, ['--no-color']);
  const timed = (print: () => unknown): number => {
    const times = Array.from({ length: runs }, () => {
      const start = performance.now();
      print();
      return performance.now() - start;
    });
    return Math.round(medianOf(times));
  };
  return {
    rows: printedRows,
    tableMs: timed(() => table(host, ['SECRET', 'CLASS', 'WHO', 'MAY', 'ROLE', 'THROUGH'], rows)),
    jsonMs: timed(() => JSON.stringify(rows, undefined, 2)),
  };
};

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
  const printed = printing();
  if (json) console.log(JSON.stringify({ node: process.version, runs, figures, printed }, undefined, 2));
  else print(figures, printed);
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

const print = (figures: readonly Figures[], { rows, tableMs, jsonMs }: ReturnType<typeof printing>): void => {
  const shown = new Table({ head: ['decided by', 'cells', 'cells a second', 'to the peer'] });
  const peer = figures.at(-1)?.cellsPerSecond ?? 0;
  for (const { name, cells, cellsPerSecond } of figures) {
    const ratio = `${(cellsPerSecond / peer).toFixed(0)}x`;
    shown.push([name, cells.toLocaleString('en'), cellsPerSecond.toLocaleString('en'), ratio]);
  }
  console.log(shown.toString());
  console.log(`${rows.toLocaleString('en')} rows: ${tableMs} ms as a table, ${jsonMs} ms as JSON`);
  console.log(`Node ${process.version}, the example catalog, medians of ${runs} runs`);
};
