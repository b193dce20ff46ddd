/** Checks the networks of an environment, and that each secret is in one that there is. */
import { defaultNetwork } from '../../contract/index.ts';
import type { Report } from '../source/report.ts';
import { inWords } from '../words/expectation.ts';
import { rotationRule } from '../entries/rotation-rule.ts';
import type { OrganisationSource } from '../schema/organisation.ts';
import type { AnySecret } from '../schema/secret.ts';
import type { Path } from '../messages/show-value.ts';
import type { Remains, Structure } from '../source/structure.ts';
import { didYouMean } from '../messages/suggest.ts';
import type { EnvironmentFacts, Scope, SecretScope } from './scope.ts';

type Environments = NonNullable<Structure<OrganisationSource>['remains']['environments']>;
type Environment = NonNullable<Environments[string]>;

/** The names that secrets may write; without `networks`, the default network is there in any case. */
export const networkNames = ({ network, networks }: Environment): string[] => {
  const named = Object.keys(networks ?? {}).filter((name) => name !== defaultNetwork);
  const hasDefault = networks === undefined || network !== undefined || Object.hasOwn(networks, defaultNetwork);
  return [...(hasDefault ? [defaultNetwork] : []), ...named];
};

/** @param path - of the environment */
export const checkNetworks = (environment: Environment, path: Path, report: Report): void => {
  const { network, networks = {} } = environment;
  if (network !== undefined && Object.hasOwn(networks, defaultNetwork)) {
    report(
      [...path, 'networks', defaultNetwork],
      'network-twice',
      'is the same as network, which is set too; write one of them',
      'key',
    );
  }
  const all: [Path, Remains<Environment['network']>][] = [
    [[...path, 'network'], network],
    ...Object.entries(networks).map(([name, one]): [Path, Remains<Environment['network']>] => [
      [...path, 'networks', name],
      one === 'none' ? undefined : one,
    ]),
  ];
  for (const [where, one] of all) {
    checkOwner(environment, one?.vpc, [...where, 'vpc'], report);
    for (const key of ['subnets', 'securityGroups'] as const) {
      for (const [index, id] of (one?.[key] ?? []).entries()) {
        checkOwner(environment, id, [...where, key, index], report);
      }
    }
  }
};

/** An id does not say whose it is; an ARN does. */
const checkOwner = ({ account, region }: Environment, id: string | undefined, path: Path, report: Report): void => {
  const [, , , itsRegion, itsAccount] = id?.split(':') ?? [];
  if (id === undefined || itsAccount === undefined || account === undefined || region === undefined) return;
  if (itsAccount === account && itsRegion === region) return;
  report(
    path,
    'wrong-location',
    `must be in account ${account} and region ${region} of the environment (got ${id}): a function runs in a VPC of its ` +
      'own account and region; connect the two VPCs, by peering or a transit gateway, and write the one of the environment. ' +
      'Write a subnet that another account shares with yours by its id',
  );
};

/** Checks the network that is written for a whole file. */
export const checkDefaultNetwork = ({ rotation: { network }, environment, isBroken, report }: Scope): void => {
  if (network === undefined || isBroken(['rotation'])) return;
  refuseUnknown(network, environment, ['rotation', 'network'], report);
};

export const checkNetwork = (scope: SecretScope): void => {
  const { path, secret, class: name, defaults, environment, report } = scope;
  if (name !== 'database' || rotationRule(secret.rotation, defaults).kind !== 'automatic') return;
  const where = [...path, 'rotation', 'network'];
  const own = ownNetwork(secret);
  if (own !== undefined) {
    refuseUnknown(own, environment, where, report);
    return;
  }
  const known = environment?.networks;
  if (known === undefined || scope.rotation.network !== undefined || known.includes(defaultNetwork)) return;
  report(
    where,
    'missing-key',
    `is missing: environment ${environment?.name ?? ''} has no default network; write ${inWords(known, 'or')}, or, for ` +
      'functions outside a VPC, default: none under its networks',
  );
};

const refuseUnknown = (
  network: string,
  environment: Pick<EnvironmentFacts, 'name' | 'networks'> | undefined,
  path: Path,
  report: Report,
): void => {
  const known = environment?.networks;
  if (environment === undefined || known === undefined || known.includes(network)) return;
  report(
    path,
    'unknown-network',
    `must be a network of environment ${environment.name}, which has ${inWords(known, 'and')} (got ${network}); ` +
      didYouMean(network, known, 'add it under networks of the environment'),
  );
};

/** The network of a secret, as its file says it. */
export const networkOf = ({ rotation }: Pick<Scope, 'rotation'>, secret: Remains<AnySecret>): string =>
  ownNetwork(secret) ?? rotation.network ?? defaultNetwork;

const ownNetwork = ({ rotation }: Remains<AnySecret>): string | undefined =>
  typeof rotation === 'object' ? rotation.network : undefined;
