/** Holds what is deployed against what the catalog declares, cell by cell. */
import fc from 'fast-check';
import {
  type AccessRequest,
  type AccountRequest,
  decide,
  decideForAccount,
  type Decision,
  labelOf,
} from '../../../../lib/access/index.ts';
import type { Catalog } from '../../../../lib/model/catalog.ts';
import type { ExampleStack } from '../../../_helpers/example-app.ts';
import { type Matrix, matrixOf } from './cells.ts';
import { measure, measureForAccount } from './measure.ts';
import { type World, worldOf } from './world.ts';

export interface Comparison {
  readonly cells: number;
  readonly size: number;
  readonly allowed: number;
  /** The first of them, in words. */
  readonly differences: readonly string[];
  readonly differing: number;
}

export interface Sampling {
  readonly seed: number;
  /** How many cells of secrets are looked at, at most. */
  readonly bound: number;
  /**
   * Whether the first cell is enough that is allowed and should not be.
   * @default false
   */
  readonly untilWidened?: boolean;
}

/** Every cell, or a sample of them which the seed brings back. */
export const compare = (
  catalog: Catalog,
  stacks: ReadonlyMap<string, ExampleStack>,
  sampling?: Sampling,
): Comparison => {
  const matrix = matrixOf(catalog);
  const world = worldOf(catalog, stacks);
  const differences: string[] = [];
  let [cells, allowed, differing] = [0, 0, 0];
  for (const cell of cellsOf(matrix, world, sampling)) {
    cells += 1;
    if (cell.actual === 'allowed') allowed += 1;
    if (cell.actual === cell.expected) continue;
    differing += 1;
    if (differences.length < shown) differences.push(cell.inWords());
    if (sampling?.untilWidened && cell.actual === 'allowed') break;
  }
  return { cells, size: matrix.size, allowed, differences, differing };
};

interface Cell {
  readonly expected: Decision;
  readonly actual: Decision;
  readonly inWords: () => string;
}

/** Of accounts there are few, so none is left out. */
function* cellsOf(matrix: Matrix, world: World, sampling: Sampling | undefined): Generator<Cell> {
  for (const request of matrix.accountRequests) {
    const [expected, actual] = [decideForAccount(request), measureForAccount(world, request)];
    yield { expected, actual, inWords: () => accountInWords(request, expected, actual) };
  }
  for (const request of sampling ? sampleOf(matrix, sampling) : everyCell(matrix)) {
    const [expected, actual] = [decide(request), measure(world, request)];
    yield { expected, actual, inWords: () => inWords(request, expected, actual) };
  }
}

export function* everyCell({ principals, secrets, questionsOf }: Matrix): Generator<AccessRequest> {
  for (const principal of principals) {
    for (const secret of secrets) {
      for (const question of questionsOf(secret)) yield { principal, secret, ...question };
    }
  }
}

/** Cells chosen by the seed, each as likely as any other. */
export const sampleOf = (matrix: Matrix, { seed, bound }: Sampling): readonly AccessRequest[] => {
  const size = matrix.size - matrix.accountRequests.length;
  if (size <= bound) return [...everyCell(matrix)];
  const questions = matrix.secrets.flatMap((secret) =>
    matrix.questionsOf(secret).map((question) => ({ secret, ...question })),
  );
  const cell = fc.noBias(fc.nat({ max: size - 1 }));
  return fc.sample(cell, { seed, numRuns: bound }).flatMap((index) => {
    const principal = matrix.principals[index % matrix.principals.length];
    const question = questions[Math.floor(index / matrix.principals.length)];
    return principal && question ? [{ principal, ...question }] : [];
  });
};

export const accountInWords = (
  { principal, account, action }: AccountRequest,
  expected: Decision,
  actual: Decision,
): string =>
  `account ${account}: ${action} by ${principal.arn} (own policies: ${principal.own}) is ${actual}, ` +
  `and the catalog says ${expected}`;

/** `dev/payments/orders-db: GetSecretValue by arn:… with everything is allowed, and the catalog says denied (…)` */
export const inWords = (request: AccessRequest, expected: Decision, actual: Decision): string => {
  const { principal, secret, action, circumstances } = request;
  const { key, ...others } = circumstances;
  const context = typeof key?.context === 'object' ? labelOf(key.context) : key?.context;
  const details = [
    ...Object.entries(others).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
    ...(key
      ? [
          `via ${key.via ?? 'nothing'}${key.viaRegion === undefined ? '' : ` of ${key.viaRegion}`}`,
          `context ${context ?? 'none'}`,
        ]
      : []),
  ];
  return (
    `${labelOf(secret)}: ${action} by ${principal.arn} (own policies: ${principal.own}) is ${actual}, ` +
    `and the catalog says ${expected} (${details.join(', ')})`
  );
};

const shown = 20;

export type { World };
