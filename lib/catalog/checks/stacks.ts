/** Checks that no two stacks of an account and region would have one name: deploying one would replace the other. */
import { stackName } from '../../contract/index.ts';
import type { Scope } from './scope.ts';

/** Account, region and name of a stack to words for a message. */
export type StackOwners = Map<string, string>;

interface EnvironmentLocation {
  readonly name: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

const platformParts: readonly string[] = ['foundation', 'rotation', 'audit'];

/** The stacks that every environment has in addition to those of its applications. */
export const platformStacks = (environments: readonly EnvironmentLocation[]): StackOwners =>
  new Map(
    environments.flatMap((environment) =>
      platformParts.map(
        (part) => [keyOf(environment, part), `Strongroom itself in environment ${environment.name}`] as const,
      ),
    ),
  );

/** Enters the stack of an application; `prod` with `eu-payments` and `prod-eu` with `payments` have the same. */
export const claimStacks = ({ environment, application, report }: Scope, owners: StackOwners, file: string): void => {
  // An application with such a name is refused already.
  if (environment === undefined || platformParts.includes(application)) return;
  const key = keyOf(environment, application);
  const owner = owners.get(key);
  if (owner === undefined) owners.set(key, `${file} in environment ${environment.name}`);
  else {
    report(
      ['application'],
      'name-taken',
      `makes the stack ${stackName(environment.name, application)}, which is that of ${owner} too (got ${application}); choose another name`,
    );
  }
};

/**
 * Roles and stacks of `eu` in `prod` begin with `prod-eu-`, as those of the environment `prod-eu` do: what somebody allows
 * by a pattern for the one would cover the other.
 */
export const checkCrossing = (
  { environment, application, report }: Scope,
  environments: readonly EnvironmentLocation[],
  organisationFile: string,
): void => {
  if (environment === undefined) return;
  const { name, account } = environment;
  const other = environments.find(
    (one) => one.name !== name && one.account === account && `${one.name}-`.startsWith(`${name}-${application}-`),
  );
  if (other === undefined) return;
  report(
    ['application'],
    'names-overlap',
    `must not make names in environment ${name} that begin as those of environment ${other.name} do, which ${organisationFile} ` +
      `has in the same account (got ${application}); choose another name`,
  );
};

const keyOf = ({ name, account, region }: EnvironmentLocation, part: string): string =>
  [account ?? name, region, stackName(name, part)].join(' ');
