/** Checks the roles of consumers over all applications: composed names that meet, and roles of another account. */
import {
  auditCompleteName,
  auditDeliverName,
  auditFunctionName,
  breakGlassRoleName,
  consumerRoleName,
  databaseEngines,
  defaultNetwork,
  firstRotationName,
  pagerDutyName,
  rotationRoleName,
  rotationWatchName,
} from '../../contract/index.ts';
import { checkRotationRoles } from './custom-rotation.ts';
import type { EnvironmentFacts, Scope } from './scope.ts';

/** Who has a role already: account and name to words for a message. */
export type RoleOwners = Map<string, string>;

/** The roles that the platform makes for itself. */
export const platformRoles = (
  environments: readonly Pick<EnvironmentFacts, 'name' | 'account' | 'networks' | 'destinations'>[],
): RoleOwners =>
  new Map(
    environments.flatMap((environment) =>
      [
        ...databaseEngines.flatMap((engine) =>
          [defaultNetwork, ...(environment.networks ?? [])].map((network) =>
            rotationRoleName(environment.name, engine, network),
          ),
        ),
        firstRotationName(environment.name),
        rotationWatchName(environment.name),
        auditFunctionName(environment.name),
        auditCompleteName(environment.name),
        ...(environment.destinations ?? []).map((one) => auditDeliverName(environment.name, one)),
        breakGlassRoleName(environment.name),
        pagerDutyName(environment.name),
      ].map((role) => [keyOf(environment, role), 'Strongroom itself'] as const),
    ),
  );

/** Enters the roles that Strongroom makes for consumers; two of the same name in one account can't be. */
export const claimRoles = (scope: Scope, owners: RoleOwners, file: string): void => {
  const { environment, application, consumers, report } = scope;
  if (environment === undefined) return;
  for (const [consumer, entry] of Object.entries(consumers)) {
    if (entry.runsOn === undefined) continue;
    const role = consumerRoleName(environment.name, application, consumer);
    const owner = owners.get(keyOf(environment, role));
    if (owner === undefined) owners.set(keyOf(environment, role), `consumer ${consumer} of ${file}`);
    else
      report(
        ['consumers', consumer],
        'role-taken',
        `makes the role ${role}, which is that of ${owner} too; choose another name`,
        'key',
      );
  }
};

/** Checks the roles that exist already. Call it once all roles are claimed. */
export const checkExistingRoles = (scope: Scope, owners: RoleOwners): void => {
  const { environment, consumers, report } = scope;
  const account = environment?.account;
  if (environment === undefined || account === undefined) return;
  checkRotationRoles(scope, (name) => owners.get(keyOf(environment, name)));
  const seen = new Map<string, string>();
  for (const [consumer, entry] of Object.entries(consumers)) {
    const role = entry.role;
    if (role === undefined) continue;
    const where = ['consumers', consumer, 'role'];
    const own = entry.account ?? account;
    const [roleAccount, name] = partsOf(role, own);
    const owner = own === account ? owners.get(keyOf(environment, name)) : undefined;
    const twin = seen.get(`${own} ${name}`);
    if (roleAccount !== own) {
      report(
        where,
        'wrong-location',
        `must be in account ${account} of environment ${environment.name} (got account ${roleAccount}); ` +
          `write the name ${name} alone, the ARN under overrides, or the name with account: '${roleAccount}'`,
      );
    } else if (owner !== undefined) {
      report(
        where,
        'role-taken',
        `is a role that Strongroom makes, for ${owner} (got ${name}); write one that exists without it, or runsOn`,
      );
    } else if (twin !== undefined) {
      report(where, 'consumer-twice', `is the role of consumer ${twin} too (got ${name}); name one consumer for it`);
    }
    seen.set(`${own} ${name}`, consumer);
  }
};

const keyOf = ({ name, account }: { name: string; account?: string | undefined }, role: string): string =>
  `${account ?? name} ${role.toLowerCase()}`;

/** Account and name (without the path) of a role that is given by name or ARN. */
const partsOf = (role: string, account: string): [account: string, name: string] => {
  const [, arnAccount = account, path = role] = /^arn:[^:]+:iam::([0-9]{12}):role\/(.+)$/.exec(role) ?? [];
  return [arnAccount, path.slice(path.lastIndexOf('/') + 1)];
};
