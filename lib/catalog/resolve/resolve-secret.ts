/** Makes the model of a secret, or of a database that is reached without one. */
import { defaultNetwork, engineFacts } from '../../contract/index.ts';
import { generatedLength, quotedCharacters } from '../../model/generated-text.ts';
import { strategiesWithGrace } from '../checks/grace.ts';
import { defaultsOf } from '../entries/class-defaults.ts';
import { fullNameOf } from '../../model/full-name.ts';
import type {
  AdminCredential,
  AdoptedSecret,
  DatabaseTarget,
  GeneratedShape,
  IamDatabase,
  Rotation,
  Secret,
} from '../../model/catalog.ts';
import { must } from '../entries/must.ts';
import { rotationRule } from '../entries/rotation-rule.ts';
import { ownPart, scheduleFor } from '../entries/schedule.ts';
import type { GenerateSource } from '../schema/generate.ts';
import type { OrganisationSource } from '../schema/organisation.ts';
import { hoursOf } from '../words/scalars.ts';
import type { IamSource, PasswordSource, SecretSource } from '../schema/secret.ts';
import { valueOf } from '../entries/value-of.ts';
import { writerOf } from '../entries/writer.ts';

export interface SecretEntry<Source extends SecretSource = SecretSource> {
  readonly name: string;
  readonly source: Source;
}

/** A secret, not a database that is reached without one. */
export type StoredSource = Exclude<SecretSource, IamSource>;

export const isIam = (entry: SecretEntry): entry is SecretEntry<IamSource> =>
  'access' in entry.source && entry.source.access === 'iam';

export const isStored = (entry: SecretEntry): entry is SecretEntry<StoredSource> => !isIam(entry);

export interface SecretContext {
  readonly application: string;
  readonly environment: string;
  readonly organisation: OrganisationSource;
  /** Network of the secrets that name no other. Absent: the default one. */
  readonly network?: string | undefined;
}

/** @param all - the secrets of the application, one of which may be the admin of this one. */
export const resolveSecret = (
  { name, source }: SecretEntry<StoredSource>,
  all: readonly SecretEntry<StoredSource>[],
  { application, environment, organisation, network }: SecretContext,
): Secret => {
  const defaults = defaultsOf(source.class, organisation.classes?.[source.class]);
  const database = source.class === 'database' ? databaseTarget(source) : undefined;
  const generate = 'generate' in source ? source.generate : undefined;
  const { description, exception, pendingReaders = [], sharedWith, replicas = [], adopt } = source;
  const scope = { environment, application, nameTemplate: organisation.names?.secret };
  const fullName = fullNameOf(scope, name, source);
  return {
    name,
    fullName,
    ...(description !== undefined && { description }),
    class: source.class,
    sensitivity: source.sensitivity ?? defaults.sensitivity,
    value: valueOf(source, defaults),
    ...(generate && { generate: generatedShape(generate) }),
    readers: source.readers,
    ...(pendingReaders.length > 0 && { pendingReaders }),
    ...(sharedWith && {
      sharedWith: Object.entries(sharedWith).map(([other, readers]) => ({ application: other, readers })),
    }),
    ...(replicas.length > 0 && { replicas }),
    ...(adopt && { adopted: adoptedSecret(adopt) }),
    ...(database && { database }),
    rotation: resolveRotation(source, { defaults, fullName, network }, (admin) =>
      fullNameOf(scope, admin, all.find((entry) => entry.name === admin)?.source),
    ),
    ...(exception && { exception }),
  };
};

export const resolveIamDatabase = ({ name, source }: SecretEntry<IamSource>): IamDatabase => {
  const { description, engine, host, port, dbname, username, resourceId, readers } = source;
  return {
    name,
    ...(description !== undefined && { description }),
    engine,
    host,
    port: port ?? engineFacts[engine].port,
    dbname,
    username,
    resourceId,
    readers,
  };
};

const generatedShape = ({
  template,
  key,
  length = generatedLength,
  exclude = quotedCharacters,
}: GenerateSource): GeneratedShape => ({
  ...(template && { json: { template, key: must(key, 'key') } }),
  length,
  exclude,
});

const adoptedSecret = ({ arn, key }: NonNullable<StoredSource['adopt']>): AdoptedSecret => ({
  arn,
  ...(key !== undefined && { keyArn: key }),
});

const databaseTarget = (source: PasswordSource): DatabaseTarget => {
  const { engine, dbname = '', username, userId, tls, readReplicas } = source;
  const writer = writerOf(source);
  const host = hostOf(writer.at.length > 0 ? rotationHost(source) : source.host);
  const standard = engineFacts[engine].port;
  const applications = writer.at.length > 0 && typeof source.host === 'string' ? source.host : undefined;
  return {
    engine,
    host,
    ...('name' in host && { port: writer.port ?? standard }),
    ...(applications !== undefined && { endpoint: { host: applications, port: source.port ?? standard } }),
    dbname,
    username,
    ...(userId !== undefined && { userId }),
    ...(tls && { tls }),
    ...(readReplicas && { readReplicas }),
  };
};

const rotationHost = ({ rotation }: PasswordSource): PasswordSource['host'] =>
  must(typeof rotation === 'object' ? rotation.host : undefined, 'rotation.host');

const hostOf = (host: PasswordSource['host']): DatabaseTarget['host'] => {
  if (typeof host === 'string') return { name: host };
  return host.rds === undefined ? { rdsCluster: must(host.rdsCluster, 'rdsCluster') } : { rds: host.rds };
};

const resolveRotation = (
  { rotation }: StoredSource,
  {
    defaults,
    fullName,
    network: networkOfFile,
  }: {
    readonly defaults: ReturnType<typeof defaultsOf>;
    readonly fullName: string;
    readonly network: string | undefined;
  },
  fullNameOf: (admin: string) => string,
): Rotation => {
  const rule = rotationRule(rotation, defaults);
  if (rule.kind !== 'automatic') return { kind: 'manual' };
  const { everyHours } = rule;
  const schedule = must(scheduleFor(everyHours, rule.window && ownPart(rule.window, fullName)), 'schedule');
  const given = typeof rotation === 'object' ? rotation : {};
  if ('function' in given) {
    return { kind: 'custom', functionArn: given.function, roleArn: given.role, everyHours, schedule };
  }
  const { admin, provision, strategy = 'single-user', network = networkOfFile } = given;
  return {
    kind: 'automatic',
    strategy,
    ...(network !== undefined && network !== defaultNetwork && { network }),
    everyHours,
    schedule,
    ...(strategiesWithGrace.has(strategy) && { graceHours: hoursOf(must(rule.grace, 'grace')) }),
    ...(admin !== undefined && { admin: adminCredential(admin, fullNameOf) }),
    ...(provision && { provision }),
  };
};

const adminCredential = (
  admin: string | { managedBy: 'rds' },
  fullNameOf: (secret: string) => string,
): AdminCredential => (typeof admin === 'string' ? { secret: admin, fullName: fullNameOf(admin) } : admin);
