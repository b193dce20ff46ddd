/** Runs every check of a catalog, each as far as the others have left something to check. */
import { checkApplication, selectedEnvironments } from './checks/application.ts';
import { checkConsumers, claimPodIdentities, type PodIdentities } from './checks/consumers.ts';
import { claimDatabaseUsers, type DatabaseUsers } from './checks/database-users.ts';
import { checkMasterCredentials, claimMasterCredentials, type MasterCredentials } from './checks/master-credentials.ts';
import { destinationNames } from './checks/destinations.ts';
import { pagerDutyNames } from './checks/pagerduty.ts';
import { checkApplicationNames } from './checks/names.ts';
import { networkNames } from './checks/network.ts';
import { checkOrganisation } from './checks/organisation.ts';
import { checkExistingRoles, claimRoles, platformRoles } from './checks/roles.ts';
import type { EnvironmentFacts, Scope } from './checks/scope.ts';
import { checkSecrets } from './checks/secret.ts';
import {
  checkNamespaces,
  checkTemplate,
  claimAdopted,
  claimSecrets,
  namespacesOf,
  type SecretOwners,
} from './checks/secret-names.ts';
import { checkSuppressions } from './checks/suppressions.ts';
import { checkSharing } from './checks/sharing.ts';
import { checkCrossing, claimStacks, platformStacks } from './checks/stacks.ts';
import { defaultsOf } from './entries/class-defaults.ts';
import { mergeOverrides } from './entries/merge.ts';
import type { CatalogProblem } from './messages/problem.ts';
import { positionIn, reporter } from './source/report.ts';
import { applicationSchema, type ApplicationSource } from './schema/application.ts';
import { organisationSchema, type OrganisationSource } from './schema/organisation.ts';
import { checkStructure, type Remains, type Structure } from './source/structure.ts';
import { isMapping, valueAt } from './source/value-at.ts';
import type { YamlFile } from './source/yaml-file.ts';

export interface CatalogInput {
  /** Absent if the file is missing. */
  readonly organisation: YamlFile | undefined;
  readonly applications: readonly ApplicationInput[];
  /** `YYYY-MM-DD`, UTC. */
  readonly today: string;
}

export interface ApplicationInput {
  /** Name of the file without its ending. */
  readonly fileName: string;
  readonly yaml: YamlFile;
}

/** The problems of structure and meaning; those of the YAML itself are in the files. */
export const checkCatalog = ({ organisation, applications, today }: CatalogInput): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  const shared = readOrganisation(organisation, today, problems);
  const paths = new Map<string, string>();
  const scopes: { scope: Scope; path: string }[] = [];
  for (const { fileName, yaml } of applications) {
    if (yaml.data === undefined) continue;
    const structure = checkStructure(applicationSchema, yaml);
    problems.push(...structure.problems);
    const { application = fileName } = structure.remains;
    const duplicateOf = paths.get(application);
    paths.set(application, duplicateOf ?? yaml.path);
    const report = reporter(yaml, problems);
    checkApplication({ structure, fileName, duplicateOf, ...namesOf(shared), report });
    for (const environment of environmentsOf(structure.remains, shared)) {
      const scope = scopeOf({ application, yaml, structure, environment, shared, today, problems });
      checkApplicationNames(scope);
      checkConsumers(scope);
      checkSecrets(scope);
      if (duplicateOf === undefined) scopes.push({ scope, path: yaml.path });
    }
  }
  const roles = platformRoles(environmentList(shared));
  const stacks = platformStacks(environmentList(shared));
  const users: DatabaseUsers = new Map();
  const masters: MasterCredentials = new Map();
  const pods: PodIdentities = new Map();
  const owners: SecretOwners = new Map();
  for (const { scope, path } of scopes) {
    claimStacks(scope, stacks, path);
    checkCrossing(scope, environmentList(shared), organisation?.path ?? 'organisation.yaml');
    claimRoles(scope, roles, path);
    claimDatabaseUsers(scope, users, path);
    claimMasterCredentials(scope, masters, path);
    claimPodIdentities(scope, pods, path);
    claimSecrets(scope, owners, path, 'by template');
  }
  const namespaces = namespacesOf(
    environmentList(shared),
    scopes.map(({ scope }) => scope),
    shared?.names?.secret,
  );
  for (const { scope, path } of scopes) {
    checkTemplate(scope, namespaces);
    checkNamespaces(scope, namespaces);
    claimSecrets(scope, owners, path, 'by name');
  }
  for (const { scope, path } of scopes) {
    claimAdopted(scope, owners, path);
    checkExistingRoles(scope, roles);
    checkMasterCredentials(scope, masters);
  }
  const unread = applications.filter(({ yaml }) => yaml.data === undefined).map(({ fileName }) => fileName);
  checkSharing(
    scopes.map(({ scope }) => scope),
    new Set(unread),
  );
  return problems;
};

/** What organisation.yaml says; nothing if it is missing or not YAML. */
type Shared = (Remains<OrganisationSource> & Pick<Structure<OrganisationSource>, 'isBroken'>) | undefined;

const readOrganisation = (file: YamlFile | undefined, today: string, problems: CatalogProblem[]): Shared => {
  if (file?.data === undefined) return undefined;
  const structure = checkStructure(organisationSchema, file);
  problems.push(...structure.problems);
  const report = reporter(file, problems);
  checkOrganisation(structure, report);
  checkSuppressions(structure.remains, today, report);
  return {
    ...structure.remains,
    isBroken: structure.isBroken,
    // An entry that is wrong is there all the same for those who refer to it.
    ...Object.fromEntries(
      (['environments', 'contacts'] as const).map((key) => [
        key,
        { ...named(file.data, key), ...structure.remains[key] },
      ]),
    ),
  };
};

const named = (data: unknown, key: string): Record<string, object> => {
  const entries = valueAt(data, [key]);
  return isMapping(entries) ? Object.fromEntries(Object.keys(entries).map((name) => [name, {}])) : {};
};

const environmentList = (shared: Shared): EnvironmentFacts[] => {
  const all = Object.entries(shared?.environments ?? {});
  const namesIn = (account: string): string[] =>
    all.filter(([, environment]) => environment?.account === account).map(([name]) => name);
  return all.map(([name, environment]) => ({
    name,
    account: environment?.account,
    region: environment?.region,
    ...(environment !== undefined &&
      shared?.isBroken(['environments', name, 'networks']) === false && { networks: networkNames(environment) }),
    destinations: destinationNames(environment?.siem ?? shared?.siem).map(({ name }) => name),
    pagers: pagerDutyNames(shared?.contacts, environment?.contacts),
    lacksOrganization:
      environment?.fences?.organization === undefined &&
      shared?.isBroken(['environments', name, 'fences', 'organization']) === false,
    namesIn,
  }));
};

const namesOf = (shared: Shared): { environmentNames?: readonly string[]; contactNames?: readonly string[] } =>
  shared === undefined
    ? {}
    : { environmentNames: Object.keys(shared.environments ?? {}), contactNames: Object.keys(shared.contacts ?? {}) };

/** Environments to check an application in. Without any it is checked as it is, so that nothing waits for organisation.yaml. */
const environmentsOf = (
  application: Remains<ApplicationSource>,
  shared: Shared,
): readonly (EnvironmentFacts | undefined)[] => {
  const known = environmentList(shared);
  if (shared === undefined) {
    return [undefined, ...Object.keys(application.overrides ?? {}).map((name) => ({ name }))];
  }
  const selected = selectedEnvironments(
    application,
    known.map(({ name }) => name),
  );
  return selected.length === 0 ? [undefined] : known.filter(({ name }) => selected.includes(name));
};

const overridesWith = (data: unknown, consumer: string): string[] => {
  const overrides = valueAt(data, ['overrides']);
  return Object.keys(isMapping(overrides) ? overrides : {}).filter(
    (environment) => valueAt(overrides, [environment, 'consumers', consumer]) !== undefined,
  );
};

interface ScopeInput {
  readonly application: string;
  readonly yaml: YamlFile;
  readonly structure: Structure<ApplicationSource>;
  readonly environment: EnvironmentFacts | undefined;
  readonly shared: Shared;
  readonly today: string;
  readonly problems: CatalogProblem[];
}

const scopeOf = ({ application, yaml, structure, environment, shared, today, problems }: ScopeInput): Scope => {
  const overrides = environment === undefined ? undefined : ['overrides', environment.name];
  const names = (key: string): string[] =>
    [[], overrides ?? []].flatMap((base) => {
      const entries = valueAt(yaml.data, [...base, key]);
      return isMapping(entries) ? Object.keys(entries) : [];
    });
  return {
    ...mergeOverrides(structure.remains, environment?.name ?? ''),
    ...(environment && { environment }),
    application,
    ...(shared?.names?.secret !== undefined && { nameTemplate: shared.names.secret }),
    consumerNames: [...new Set(names('consumers'))],
    environmentsOf: (consumer) => overridesWith(yaml.data, consumer),
    secretNames: [...new Set(names('secrets'))],
    defaultsOf: (name) => defaultsOf(name, shared?.classes?.[name]),
    today,
    isBroken: (path) =>
      structure.isBroken(path) || (overrides !== undefined && structure.isBroken([...overrides, ...path])),
    report: reporter(yaml, problems, environment?.name),
    positionOf: positionIn(yaml, environment?.name),
  };
};
