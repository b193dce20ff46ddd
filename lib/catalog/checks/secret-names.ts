/** Checks over all applications that policies which name secrets by a beginning cover no others, and that each name is one secret's. */
import {
  applicationPrefix,
  defaultDestination,
  destinationSecretName,
  pagerDutySecretName,
  environmentPrefixes,
  parseSecretArn,
  platformApplication,
} from '../../contract/index.ts';
import { fullNameOf } from '../../model/full-name.ts';
import type { EnvironmentFacts, Scope } from './scope.ts';

/** How the names of an environment's secrets begin in policies, or those of one of its applications. */
interface Namespace {
  readonly environment: string;
  readonly account: string;
  /** Absent: of all. */
  readonly application?: string;
  readonly prefix: string;
}

/** Those of the whole catalog. */
export type Namespaces = readonly Namespace[];

export const namespacesOf = (
  environments: readonly EnvironmentFacts[],
  scopes: readonly Scope[],
  template: string | undefined,
): Namespaces =>
  environments.flatMap(({ name: environment, account }): Namespace[] => {
    if (account === undefined) return [];
    const applications = scopes
      .filter((scope) => scope.environment?.name === environment)
      .map((one) => one.application);
    return [
      ...environmentPrefixes(environment, applications, template).map((prefix) => ({ environment, account, prefix })),
      ...[...new Set([...applications, platformApplication])].map((application) => ({
        environment,
        account,
        application,
        prefix: applicationPrefix(environment, application, template),
      })),
    ];
  });

/** Refuses a template under which the names of an application begin as those of another do. */
export const checkTemplate = ({ environment, application, nameTemplate, report }: Scope, all: Namespaces): void => {
  if (environment === undefined || nameTemplate === undefined) return;
  const prefix = applicationPrefix(environment.name, application, nameTemplate);
  const other = foreignNamespaces({ environment, application }, all).find((one) => prefix.startsWith(one.prefix));
  if (other === undefined) return;
  report(
    ['application'],
    'names-overlap',
    `must not have names in environment ${environment.name} that begin as those of ${inWords(other)} do, ` +
      `in the same account (got ${application}, whose names begin with ${prefix}); policies go by how names begin: ` +
      'choose another name, or a template in names of organisation.yaml with {environment} and {application}, each before a slash',
  );
};

/** Refuses a name of its own, or of an adopted secret, that policies would take for a name of somebody else's. */
export const checkNamespaces = (scope: Scope, all: Namespaces): void => {
  const { environment, application, secrets, report } = scope;
  if (environment === undefined) return;
  for (const [secret, { adopt, name }] of Object.entries(secrets)) {
    const foreign = foreignNamespaces({ environment, application }, all);
    if (adopt?.arn !== undefined) {
      const adopted = fullNameOf({ environment: '', application }, secret, { adopt });
      const other = foreign.find(
        (one) => one.environment !== environment.name && isIn(environment, adopt.arn) && adopted.startsWith(one.prefix),
      );
      if (other === undefined) continue;
      report(
        ['secrets', secret, 'adopt', 'arn'],
        'names-overlap',
        `must not have the name of a secret of environment ${other.environment} (got ${adopted}): ` +
          `readers of ${environment.name} would be let in; adopt it in ${other.environment}, or copy its value into a secret of another name`,
      );
    } else if (name !== undefined) {
      const other = foreign.find((one) => name.startsWith(one.prefix));
      if (other === undefined) continue;
      report(
        ['secrets', secret, 'name'],
        'names-overlap',
        `must not begin as the names of ${inWords(other)} do (got ${name}): policies there would cover it; write another name`,
      );
    }
  }
};

/** Which secret has a name in Secrets Manager. */
export type SecretOwners = Map<string, { readonly who: string; readonly environment: string }>;

/** Enters the secrets that Strongroom makes, those with a name of their own after the others. */
export const claimSecrets = (
  scope: Scope,
  owners: SecretOwners,
  file: string,
  which: 'by template' | 'by name',
): void => {
  const { environment, application, nameTemplate, secrets, report } = scope;
  if (environment === undefined) return;
  const { name: at, region } = environment;
  if (which === 'by template') {
    for (const destination of [defaultDestination, ...(environment.destinations ?? [])]) {
      const name = destinationSecretName(at, destination, nameTemplate);
      owners.set(keyOf(scope, name, region), { who: 'Strongroom itself', environment: at });
    }
    for (const contact of environment.pagers ?? []) {
      const name = pagerDutySecretName(at, contact, nameTemplate);
      owners.set(keyOf(scope, name, region), { who: 'Strongroom itself', environment: at });
    }
  }
  for (const [secret, { adopt, access, name, replicas = [] }] of Object.entries(secrets)) {
    if (adopt !== undefined || access !== undefined || (name === undefined) !== (which === 'by template')) continue;
    const fullName = fullNameOf({ environment: at, application, nameTemplate }, secret, { name });
    // A replica has the name too.
    const keys = [region, ...replicas].map((one) => keyOf(scope, fullName, one));
    const owner = keys.map((key) => owners.get(key)).find((one) => one !== undefined);
    // Two names by the template can be equal only if checkTemplate refuses them.
    if (owner !== undefined && name !== undefined) {
      report(
        ['secrets', secret, 'name'],
        'name-taken',
        `is that of ${ownerFor(environment, owner)} too, in the same account and region (got ${fullName}); write another name, for one environment under overrides`,
      );
    }
    for (const key of keys)
      if (!owners.has(key)) owners.set(key, { who: `secret ${secret} of ${file}`, environment: at });
  }
};

/** Enters the adopted secrets, and refuses what has an owner. Call it once all that Strongroom makes are claimed. */
export const claimAdopted = (scope: Scope, owners: SecretOwners, file: string): void => {
  const { environment, application } = scope;
  if (environment === undefined) return;
  for (const [name, { adopt }] of Object.entries(scope.secrets)) {
    if (adopt?.arn === undefined) continue;
    const adopted = fullNameOf({ environment: environment.name, application }, name, { adopt });
    const key = keyOf(scope, adopted, environment.region);
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, { who: `secret ${name} of ${file}`, environment: environment.name });
    else {
      scope.report(
        ['secrets', name, 'adopt', 'arn'],
        'name-taken',
        `is that of ${ownerFor(environment, owner)} too (got ${adopted}); name one secret for it`,
      );
    }
  }
};

const ownerFor = ({ name }: EnvironmentFacts, { who, environment }: { who: string; environment: string }): string =>
  environment === name ? who : `${who} in environment ${environment}`;

/** Of other environments of the account, and of other applications of the same one. */
const foreignNamespaces = (
  { environment, application }: { readonly environment: EnvironmentFacts; readonly application: string },
  all: Namespaces,
): Namespaces =>
  all.filter(
    (one) =>
      one.account === environment.account &&
      (one.environment !== environment.name || (one.application !== undefined && one.application !== application)),
  );

const inWords = ({ environment, application }: Namespace): string => {
  if (application === undefined) return `environment ${environment}`;
  return `${application === platformApplication ? 'Strongroom itself' : `application ${application}`} in ${environment}`;
};

/** What is elsewhere is reported already. */
const isIn = ({ account, region }: EnvironmentFacts, arn = ''): boolean => {
  const location = parseSecretArn(arn);
  return location !== undefined && location.region === region && location.account === account;
};

const keyOf = ({ environment }: Scope, name: string, region: string | undefined): string =>
  [environment?.account ?? environment?.name, region, name].join(' ');
