/** Cells of the matrix that a client can ask for: by seed, and so many of each kind that none is missing. */
import {
  type AccessRequest,
  type Circumstances,
  decide,
  type Decision,
  type DeclaredSecret,
  type Principal,
} from '../../../lib/access/index.ts';
import type { Matrix } from '../../infra/matrix/cells.ts';
import { everyCell, sampleOf } from '../../infra/matrix/compare.ts';
import { account } from '../gateway-core/local-aws.ts';
import { isAsked, isPerson } from './actors.ts';
import { keyRequests } from './key-requests.ts';
import { vpcEndpoints } from './organisation.ts';
import { secretRequests } from './secret-requests.ts';

export interface Cell {
  readonly request: AccessRequest;
  readonly expected: Decision;
}

export interface Sample {
  readonly cells: readonly Cell[];
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
  const taken = new Map<string, number>();
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
    const lacking = kindsOf(request)
      .map((kind) => `${expected} ${kind}`)
      .filter((kind) => (taken.get(kind) ?? 0) < wanted[expected]);
    if (lacking.length === 0) continue;
    for (const kind of lacking) taken.set(kind, (taken.get(kind) ?? 0) + 1);
    cells.push(cell);
  }
  return { cells, drawn: drawn.length, leftOut };
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
  return name === 'DeleteAlias' && isForeign
    ? "to remove an alias of another account, which can't be named"
    : undefined;
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
    ? [`version ${circumstances.version}`, placeOf(secret.environment.fences?.vpcs, circumstances)]
    : []),
];

const placeOf = (
  vpcs: readonly string[] = [],
  { vpc, endpoint, organizationId, secondFactor }: Circumstances,
): string => JSON.stringify([vpc !== undefined && vpcs.includes(vpc), endpoint, organizationId, secondFactor]);
