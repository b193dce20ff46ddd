/** Makes the model of a catalog that has no problems: every default applied, every reference resolved. */
import { join } from 'node:path';

import { consumerRoleName, engineFacts, secretName } from '../contract/index.ts';
import { selectedEnvironments } from './checks/application.ts';
import { strategiesWithGrace } from './checks/grace.ts';
import { defaultsOf } from './class-defaults.ts';
import { mergeOverrides } from './merge.ts';
import type {
  AdminCredential,
  Application,
  Catalog,
  Consumer,
  Contact,
  DatabaseTarget,
  EnvironmentCatalog,
  Rotation,
  Secret,
} from './model.ts';
import { roleArnIn } from './role-arn.ts';
import { rotationRule } from './rotation-rule.ts';
import { ownPart, scheduleFor } from './schedule.ts';
import { type ApplicationSource, type ConsumerSource, secretSchema, type SecretSource } from './schema/application.ts';
import { hoursOf } from './schema/scalars.ts';
import type { EnvironmentSource, OrganisationSource } from './schema/organisation.ts';

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
  { account, region, network, certificateAuthorities, breakGlass, operators, trail = 'create' }: EnvironmentSource,
  organisation: OrganisationSource,
  files: readonly ApplicationFile[],
): EnvironmentCatalog => ({
  name,
  account,
  region,
  ...(network && { network }),
  ...(certificateAuthorities !== undefined && { certificateAuthorities }),
  breakGlass,
  operators,
  siem: organisation.siem,
  contact: resolveContact(organisation.contact, organisation),
  runbooks: organisation.runbooks ?? ownRunbooks,
  trail,
  applications: files
    .filter(({ source }) => selectedEnvironments(source, [name]).length > 0)
    .map((file) => resolveApplication(file, { name, account, region }, organisation)),
});

/** Path of the runbooks in this repository. */
const ownRunbooks = 'docs/runbooks';

const resolveContact = (name: string, { contacts }: OrganisationSource): Contact => ({
  name,
  email: must(contacts[name], name).email,
});

interface Place {
  readonly name: string;
  readonly account: string;
  readonly region: string;
}

const resolveApplication = (
  { file, source }: ApplicationFile,
  environment: Place,
  organisation: OrganisationSource,
): Application => {
  const name = source.application;
  const { consumers, secrets } = mergeOverrides(source, environment.name);
  return {
    name,
    owner: source.owner,
    contact: resolveContact(source.contact, organisation),
    consumers: Object.entries(consumers).map(([consumer, entry]) =>
      resolveConsumer(consumer, must(entry, consumer), name, environment),
    ),
    secrets: Object.entries(secrets).map(([secret, entry]) =>
      resolveSecret(secret, secretSchema.parse(entry), name, environment, organisation),
    ),
    file,
  };
};

const resolveConsumer = (
  name: string,
  { runsOn, role }: ConsumerSource,
  application: string,
  environment: Place,
): Consumer => {
  if (runsOn !== undefined) return { name, runsOn, roleName: consumerRoleName(environment.name, application, name) };
  const existing = must(role, name);
  return { name, roleArn: existing.startsWith('arn:') ? existing : roleArnIn(environment, existing) };
};

const resolveSecret = (
  name: string,
  source: SecretSource,
  application: string,
  { name: environment }: Place,
  organisation: OrganisationSource,
): Secret => {
  const defaults = defaultsOf(source.class, organisation.classes?.[source.class]);
  const database = databaseTarget(source);
  const { description, exception } = source;
  return {
    name,
    fullName: secretName(environment, application, name),
    ...(description !== undefined && { description }),
    class: source.class,
    sensitivity: source.sensitivity ?? defaults.sensitivity,
    value: source.value ?? defaults.value,
    readers: source.readers,
    ...(database && { database }),
    rotation: resolveRotation(source, defaults, (secret) => secretName(environment, application, secret), name),
    ...(exception && { exception }),
  };
};

const databaseTarget = (source: SecretSource): DatabaseTarget | undefined => {
  if (source.class !== 'database') return undefined;
  const { port, dbname = '', userId, tls, readReplicas } = source;
  const engine = must(source.engine, 'engine');
  const host = hostOf(must(source.host, 'host'));
  return {
    engine,
    host,
    ...('name' in host && { port: port ?? engineFacts[engine].port }),
    dbname,
    username: must(source.username, 'username'),
    ...(userId !== undefined && { userId }),
    ...(tls && { tls }),
    ...(readReplicas && { readReplicas }),
  };
};

const hostOf = (host: NonNullable<SecretSource['host']>): DatabaseTarget['host'] => {
  if (typeof host === 'string') return { name: host };
  return host.rds === undefined ? { rdsCluster: must(host.rdsCluster, 'rdsCluster') } : { rds: host.rds };
};

const resolveRotation = (
  { rotation }: SecretSource,
  defaults: ReturnType<typeof defaultsOf>,
  fullName: (secret: string) => string,
  name: string,
): Rotation => {
  const rule = rotationRule(rotation, defaults);
  if (rule.kind !== 'automatic') return { kind: 'manual' };
  const { admin, provision, strategy = 'single-user' } = typeof rotation === 'object' ? rotation : {};
  return {
    kind: 'automatic',
    strategy,
    everyHours: rule.everyHours,
    schedule: must(scheduleFor(rule.everyHours, rule.window && ownPart(rule.window, fullName(name))), 'schedule'),
    ...(strategiesWithGrace.has(strategy) && { graceHours: hoursOf(must(rule.grace, 'grace')) }),
    ...(admin !== undefined && { admin: adminCredential(admin, fullName) }),
    ...(provision && { provision }),
  };
};

const adminCredential = (
  admin: string | { managedBy: 'rds' },
  fullName: (secret: string) => string,
): AdminCredential => (typeof admin === 'string' ? { secret: admin, fullName: fullName(admin) } : admin);

/** What the checks have made sure of. */
const must = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`The catalog was resolved before its checks had passed: ${what}`);
  return value;
};
