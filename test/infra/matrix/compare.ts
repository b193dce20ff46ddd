/** Holds what is deployed against what the catalog declares, cell by cell. */
import fc from 'fast-check';
import { type AccessRequest, decide, type Decision } from '../../../lib/access/index.ts';
import type { Catalog } from '../../../lib/catalog/model.ts';
import type { ExampleStack } from '../../_helpers/example-app.ts';
import { type Matrix, matrixOf } from './cells.ts';
import { measure } from './measure.ts';
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
  /** How many cells are looked at, at most. */
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
  for (const request of sampling ? sampleOf(matrix, sampling) : everyCell(matrix)) {
    const expected = decide(request);
    const actual = measure(world, request);
    cells += 1;
    if (actual === 'allowed') allowed += 1;
    if (actual === expected) continue;
    differing += 1;
    if (differences.length < shown) differences.push(inWords(request, expected, actual));
    if (sampling?.untilWidened && actual === 'allowed') break;
  }
  return { cells, size: matrix.size, allowed, differences, differing };
};

export function* everyCell({ principals, secrets, questionsOf }: Matrix): Generator<AccessRequest> {
  for (const principal of principals) {
    for (const secret of secrets) {
      for (const question of questionsOf(secret)) yield { principal, secret, ...question };
    }
  }
}

/** Cells chosen by the seed, each as likely as any other. */
export const sampleOf = (matrix: Matrix, { seed, bound }: Sampling): readonly AccessRequest[] => {
  if (matrix.size <= bound) return [...everyCell(matrix)];
  const questions = matrix.secrets.flatMap((secret) =>
    matrix.questionsOf(secret).map((question) => ({ secret, ...question })),
  );
  const cell = fc.noBias(fc.nat({ max: matrix.size - 1 }));
  return fc.sample(cell, { seed, numRuns: bound }).flatMap((index) => {
    const principal = matrix.principals[index % matrix.principals.length];
    const question = questions[Math.floor(index / matrix.principals.length)];
    return principal && question ? [{ principal, ...question }] : [];
  });
};

/** `dev/payments/orders-db: GetSecretValue by arn:… with everything is allowed, and the catalog says denied (…)` */
export const inWords = (request: AccessRequest, expected: Decision, actual: Decision): string => {
  const { principal, secret, action, circumstances } = request;
  const { key, ...others } = circumstances;
  const context = typeof key?.context === 'object' ? key.context.fullName : key?.context;
  const details = [
    ...Object.entries(others).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
    ...(key ? [`via ${key.via ?? 'nothing'}`, `context ${context ?? 'none'}`] : []),
  ];
  return (
    `${secret.fullName}: ${action} by ${principal.arn} (own policies: ${principal.own}) is ${actual}, ` +
    `and the catalog says ${expected} (${details.join(', ')})`
  );
};

const shown = 20;

export type { World };
