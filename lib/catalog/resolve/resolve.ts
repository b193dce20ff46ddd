/** Makes the model of a catalog that has no problems: every default applied, every reference resolved. */
import { join } from 'node:path';

import { defaultNetwork, defaultPagerDutySeverities } from '../../contract/index.ts';
import { selectedEnvironments } from '../checks/application.ts';
import { mergeOverrides } from '../entries/merge.ts';
import type {
  Application,
  Catalog,
  Contact,
  Detections,
  EnvironmentCatalog,
  Fences,
  NamedNetwork,
  Network,
  Secret,
  Use,
} from '../../model/catalog.ts';
import { must } from '../entries/must.ts';
import { permissionSetArn } from '../../model/role-arn.ts';
import { resolveConsumer } from './resolve-consumer.ts';
import { isIam, isStored, resolveIamDatabase, resolveSecret } from './resolve-secret.ts';
import { type ApplicationSource, type UseSource, useSchema } from '../schema/application.ts';
import { consumerSchema } from '../schema/consumer.ts';
import type { EnvironmentSource, NetworkSource, OrganisationSource } from '../schema/organisation.ts';
import type { DetectionsSource } from '../schema/detections.ts';
import { secretSchema } from '../schema/secret.ts';
import { resolveSiem } from '../schema/siem/siem.ts';

export interface ApplicationFile {
  /** Path for messages. */
  readonly file: string;
  readonly source: ApplicationSource;
}

/** @param directory - the catalog's folder, against which its paths are. */
export const resolveCatalog = (
  directory: string,
  organisation: OrganisationSource,
  files: readonly ApplicationFile[],
): Catalog => ({
  organisation: organisation.organisation,
  environments: Object.entries(organisation.environments).map(([name, environment]) =>
    resolveEnvironment(name, withPaths(directory, environment), organisation, files),
  ),
});

const withPaths = (directory: string, environment: EnvironmentSource): EnvironmentSource => {
  const { certificateAuthorities: file } = environment;
  return file === undefined ? environment : { ...environment, certificateAuthorities: join(directory, file) };
};

const resolveEnvironment = (
  name: string,
  {
    account,
    region,
    network,
    networks,
    fences,
    certificateAuthorities,
    breakGlass,
    operators,
    trail = 'create',
    logRetention,
    detections,
    siem,
  }: EnvironmentSource,
  organisation: OrganisationSource,
  files: readonly ApplicationFile[],
): EnvironmentCatalog => ({
  name,
  account,
  region,
  ...resolveNetworks({ network, networks }),
  ...(fences && { fences: resolveFences(fences) }),
  ...(certificateAuthorities !== undefined && { certificateAuthorities }),
  breakGlass: breakGlass.map((one) =>
    typeof one === 'string' ? one : permissionSetArn({ account, region }, one.permissionSet),
  ),
  operators,
  destinations: resolveSiem(siem ?? organisation.siem ?? 'none', region),
  ...(detections && { detections: resolveDetections(detections) }),
  contact: resolveContact(organisation.contact, name, organisation),
  runbooks: organisation.runbooks ?? ownRunbooks,
  trail,
  ...(logRetention !== undefined && { logRetentionDays: Number.parseInt(logRetention, 10) }),
  ...(organisation.tags && { tags: organisation.tags }),
  ...(organisation.names && { nameTemplate: organisation.names.secret }),
  applications: withUses(
    name,
    files.filter(({ source }) => selectedEnvironments(source, [name]).length > 0),
    (file) => resolveApplication(file, { name, account, region }, organisation),
  ),
});

const resolveNetworks = ({
  network,
  networks,
}: Pick<EnvironmentSource, 'network' | 'networks'>): Pick<
  EnvironmentCatalog,
  'network' | 'networks' | 'lacksDefaultNetwork'
> => {
  const { [defaultNetwork]: byName, ...others } = networks ?? {};
  const own = network ?? byName;
  const named = Object.entries(others).map(([name, one]): NamedNetwork => ({ name, ...networkByIds(one) }));
  return {
    ...(own !== undefined && networkByIds(own)),
    ...(named.length > 0 && { networks: named }),
    ...(networks && own === undefined && { lacksDefaultNetwork: true }),
  };
};

/** Of an ARN, the id. */
const networkByIds = (source: NetworkSource | 'none'): { readonly network?: Network } => {
  if (source === 'none') return {};
  const idOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
  return {
    network: {
      vpc: idOf(source.vpc),
      subnets: source.subnets.map(idOf),
      securityGroups: source.securityGroups.map(idOf),
    },
  };
};

const resolveFences = ({
  organization,
  vpcEndpoints,
  vpcs,
  permissionsBoundary,
  byTag = 'auto',
}: NonNullable<EnvironmentSource['fences']>): Fences => ({
  ...(organization !== undefined && { organizationId: organization }),
  ...(vpcEndpoints && { vpcEndpoints }),
  ...(vpcs && { vpcs }),
  ...(permissionsBoundary !== undefined && { permissionsBoundary }),
  byTag,
});

const resolveDetections = ({ production, suppress = [] }: DetectionsSource): Detections => ({
  ...(production !== undefined && { production }),
  suppressions: suppress.map(({ rule, principal, secret, owner, reason, until }) => ({
    rule,
    ...(principal !== undefined && { principal }),
    ...(secret !== undefined && { secret }),
    owner,
    reason,
    until,
  })),
});

/** Path of the runbooks in this repository. */
const ownRunbooks = 'docs/runbooks';

const resolveContact = (name: string, environment: string, organisation: OrganisationSource): Contact => {
  const source = organisation.environments[environment]?.contacts?.[name] ?? must(organisation.contacts[name], name);
  const { email, topic, account, webhook, slack, teams, pagerduty } = source;
  if (email !== undefined) return { name, email };
  if (topic !== undefined) return { name, topic, ...(account !== undefined && { account }) };
  if (webhook !== undefined) return { name, webhook };
  if (pagerduty) {
    const { region = 'us', fallback, severity } = pagerduty;
    return {
      name,
      pagerduty: {
        region,
        fallback: resolveContact(fallback, environment, organisation),
        severity: { ...defaultPagerDutySeverities, ...severity },
      },
    };
  }
  return slack ? { name, slack } : { name, teams: must(teams, `contacts.${name}`) };
};

interface EnvironmentLocation {
  readonly name: string;
  readonly account: string;
  readonly region: string;
}

const resolveApplication = (
  { file, source }: ApplicationFile,
  environment: EnvironmentLocation,
  organisation: OrganisationSource,
): Application => {
  const name = source.application;
  const merged = mergeOverrides(source, environment.name);
  const entries = Object.entries(merged.secrets).map(([secret, entry]) => ({
    name: secret,
    source: secretSchema.parse(entry),
  }));
  const tags = mergeTags(organisation.tags, source.tags);
  const iamDatabases = entries.filter(isIam).map(resolveIamDatabase);
  const stored = entries.filter(isStored);
  return {
    name,
    owner: source.owner,
    contact: resolveContact(source.contact, environment.name, organisation),
    consumers: Object.entries(merged.consumers).map(([consumer, entry]) =>
      resolveConsumer(consumer, consumerSchema.parse(entry), name, environment),
    ),
    secrets: stored.map((entry) =>
      resolveSecret(entry, stored, {
        application: name,
        environment: environment.name,
        organisation,
        network: merged.rotation.network,
      }),
    ),
    ...(iamDatabases.length > 0 && { iamDatabases }),
    ...(tags && { tags }),
    file,
  };
};

/** What an application uses of another, once all of them are resolved. */
const withUses = (
  environment: string,
  files: readonly ApplicationFile[],
  resolve: (file: ApplicationFile) => Application,
): Application[] => {
  const all = files.map((file) => ({ source: file.source, resolved: resolve(file) }));
  const secretOf = ({ application, secret }: UseSource): Secret => {
    const owner = all.find(({ resolved }) => resolved.name === application)?.resolved;
    return must(
      owner?.secrets.find(({ name }) => name === secret),
      secret,
    );
  };
  return all.map(({ source, resolved }) => {
    const uses = Object.entries(mergeOverrides(source, environment).uses).map(([name, entry]): Use => {
      const use = useSchema.parse(entry);
      return { name, application: use.application, secret: secretOf(use), readers: use.readers };
    });
    return uses.length === 0 ? resolved : { ...resolved, uses };
  });
};

type Tags = Readonly<Record<string, string>>;

/** AWS takes no two tags that differ in case alone, so an application's tag replaces the organisation's of that name. */
const mergeTags = (shared: Tags | undefined, own: Tags | undefined): Tags | undefined => {
  if (own === undefined) return shared;
  const named = new Set(Object.keys(own).map((key) => key.toLowerCase()));
  return {
    ...Object.fromEntries(Object.entries(shared ?? {}).filter(([key]) => !named.has(key.toLowerCase()))),
    ...own,
  };
};
