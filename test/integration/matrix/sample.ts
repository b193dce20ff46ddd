/** Cells of the matrix that a client can ask for: by seed, and so many of each kind that none is missing. */
import fc from 'fast-check';
import {
  type AccessRequest,
  type AccountRequest,
  type Circumstances,
  decide,
  decideForAccount,
  type Decision,
  type DeclaredSecret,
  type Principal,
} from '../../../lib/access/index.ts';
import type { Matrix } from '../../infra/access/matrix/cells.ts';
import { everyCell, sampleOf } from '../../infra/access/matrix/compare.ts';
import { account } from '../local/gateway-core/local-aws.ts';
import { isAsked, isPerson } from './actors.ts';
import { keyRequests } from './key-requests.ts';
import { vpcEndpoints } from './organisation.ts';
import { secretRequests } from './secret-requests.ts';

export interface Cell {
  readonly request: AccessRequest;
  readonly expected: Decision;
}

/** What somebody asks of the own account. */
export interface AccountCell {
  readonly request: AccountRequest;
  readonly expected: Decision;
}

export interface Sample {
  readonly cells: readonly Cell[];
  readonly accountCells: readonly AccountCell[];
  /** How many cells were looked at. */
  readonly drawn: number;
  /** How many of them nobody can ask for, by why. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** Of each kind of cell this many: a kind is a principal, an action, a secret, and a place and version that is read. */
const wanted: Readonly<Record<Decision, number>> = { allowed: 4, denied: 3 };

/** @param bound - how many cells are looked at, each as likely as any other. */
export const stratified = (matrix: Matrix, { seed, bound }: { seed: number; bound: number }): Sample => {
  const cells: Cell[] = [];
  const isWanted = countingKinds();
  const leftOut = new Map<string, number>();
  const drawn = sampleOf(matrix, { seed, bound });
  for (const one of drawn) {
    const why = unaskable(one);
    if (why !== undefined) {
      leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
      continue;
    }
    const cell = cellOf(one);
    const { request, expected } = cell;
    if (isWanted(expected, kindsOf(request))) cells.push(cell);
  }
  return { cells, accountCells: accountCellsOf(matrix, seed), drawn: drawn.length, leftOut };
};

/** Nobody can ask another account. */
const accountCellsOf = ({ accountRequests }: Matrix, seed: number): AccountCell[] => {
  const own = accountRequests.filter(({ principal, account: of }) => principal.account === of && isAsked(principal));
  const [shuffled = []] = fc.sample(fc.shuffledSubarray(own, { minLength: own.length }), { seed, numRuns: 1 });
  const isWanted = countingKinds();
  return shuffled
    .map((request) => ({ request, expected: decideForAccount(request) }))
    .filter(({ request: { action }, expected }) => isWanted(expected, [action]));
};

/** Whether a cell is one of the first of one of its kinds. */
const countingKinds = (): ((expected: Decision, kinds: readonly string[]) => boolean) => {
  const taken = new Map<string, number>();
  return (expected, kinds) => {
    const lacking = kinds
      .map((kind) => `${expected} ${kind}`)
      .filter((kind) => (taken.get(kind) ?? 0) < wanted[expected]);
    for (const kind of lacking) taken.set(kind, (taken.get(kind) ?? 0) + 1);
    return lacking.length > 0;
  };
};

/** All cells of a principal and a secret that a client can ask for. */
export const cellsOf = (matrix: Matrix, principal: Principal, secret: DeclaredSecret): Cell[] =>
  [...everyCell({ ...matrix, principals: [principal], secrets: [secret] })]
    .filter((request) => unaskable(request) === undefined)
    .map(cellOf);

const cellOf = (request: AccessRequest): Cell => {
  const asked = asAsked(request);
  return { request: asked, expected: decide(asked) };
};

/** Why no client can ask for it. */
const unaskable = ({ principal, action, circumstances }: AccessRequest): string | undefined => {
  const [service, name = ''] = action.split(':');
  if (!isAsked(principal)) return 'by a service that calls for nobody';
  if (circumstances.key?.via !== undefined) return 'to KMS by a service';
  if (circumstances.tags !== undefined) return 'of a secret that somebody has tagged';
  if (!(name in (service === 'kms' ? keyRequests : secretRequests))) return 'of an action without an operation';
  const isForeign = principal.account !== undefined && principal.account !== account;
  return name === 'DeleteAlias' && isForeign ? 'to remove an alias of another account' : undefined;
};

/**
 * The same cell, as it can come about: an endpoint is in one VPC, and sessions of roles never have AWS's own word that
 * there was a second factor, so people have their identity provider's.
 */
const asAsked = (request: AccessRequest): AccessRequest => {
  const { principal, secret, circumstances } = request;
  const { endpoint, vpc, secondFactor, ...others } = circumstances;
  const listed = secret.environment.fences?.vpcEndpoints ?? [];
  const real = Object.keys(vpcEndpoints).find(
    (one) => vpcEndpoints[one] === vpc && listed.includes(one) === listed.includes(endpoint ?? ''),
  );
  return {
    ...request,
    circumstances: {
      ...others,
      ...(endpoint !== undefined && vpc !== undefined && real !== undefined && { endpoint: real, vpc }),
      ...(isPerson(principal) && secondFactor !== undefined && { secondFactor: 'to the identity provider' as const }),
    },
  };
};

const kindsOf = ({ principal, secret, action, circumstances }: AccessRequest): string[] => [
  `by ${principal.arn} with ${principal.own}`,
  action,
  `${action.split(':')[0] ?? ''} of ${secret.fullName}`,
  ...(action === 'secretsmanager:GetSecretValue'
    ? [
        `version ${circumstances.version}${circumstances.withId ? ' with its id' : ''}`,
        placeOf(secret.environment.fences?.vpcs, circumstances),
      ]
    : []),
];

const placeOf = (
  vpcs: readonly string[] = [],
  { vpc, endpoint, organizationId, secondFactor }: Circumstances,
): string => JSON.stringify([vpc !== undefined && vpcs.includes(vpc), endpoint, organizationId, secondFactor]);
