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
import type { SecretSource } from '../schema/application.ts';
import type { OrganisationSource } from '../schema/organisation.ts';
import { hoursOf } from '../schema/scalars.ts';
import { valueOf } from '../entries/value-of.ts';
import { writerOf } from '../entries/writer.ts';

export interface SecretEntry {
  readonly name: string;
  readonly source: SecretSource;
}

export interface SecretContext {
  readonly application: string;
  readonly environment: string;
  readonly organisation: OrganisationSource;
  /** Network of the secrets that name no other. Absent: the default one. */
  readonly network?: string | undefined;
}

/** @param all - the secrets of the application, one of which may be the admin of this one. */
export const resolveSecret = (
  { name, source }: SecretEntry,
  all: readonly SecretEntry[],
  { application, environment, organisation, network }: SecretContext,
): Secret => {
  const defaults = defaultsOf(source.class, organisation.classes?.[source.class]);
  const database = databaseTarget(source);
  const { description, exception, pendingReaders = [], sharedWith, replicas = [], adopt, generate } = source;
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

export const resolveIamDatabase = ({ name, source }: SecretEntry): IamDatabase => {
  const { description, host, port, dbname } = source;
  const engine = must(source.engine, 'engine');
  return {
    name,
    ...(description !== undefined && { description }),
    engine,
    host: must(typeof host === 'string' ? host : undefined, 'host'),
    port: port ?? engineFacts[engine].port,
    dbname: must(dbname, 'dbname'),
    username: must(source.username, 'username'),
    resourceId: must(source.resourceId, 'resourceId'),
    readers: source.readers,
  };
};

const generatedShape = ({
  template,
  key,
  length = generatedLength,
  exclude = quotedCharacters,
}: NonNullable<SecretSource['generate']>): GeneratedShape => ({
  ...(template && { json: { template, key: must(key, 'key') } }),
  length,
  exclude,
});

const adoptedSecret = ({ arn, key }: NonNullable<SecretSource['adopt']>): AdoptedSecret => ({
  arn,
  ...(key !== undefined && { keyArn: key }),
});

const databaseTarget = (source: SecretSource): DatabaseTarget | undefined => {
  if (source.class !== 'database') return undefined;
  const { dbname = '', userId, tls, readReplicas } = source;
  const engine = must(source.engine, 'engine');
  const writer = writerOf(source);
  const host = hostOf(must(writer.host as SecretSource['host'], 'host'));
  const standard = engineFacts[engine].port;
  const applications = writer.at.length > 0 && typeof source.host === 'string' ? source.host : undefined;
  return {
    engine,
    host,
    ...('name' in host && { port: writer.port ?? standard }),
    ...(applications !== undefined && { endpoint: { host: applications, port: source.port ?? standard } }),
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
  const {
    admin,
    provision,
    strategy = 'single-user',
    network = networkOfFile,
    function: functionArn,
    role,
  } = typeof rotation === 'object' ? rotation : {};
  const { everyHours } = rule;
  const schedule = must(scheduleFor(everyHours, rule.window && ownPart(rule.window, fullName)), 'schedule');
  if (functionArn !== undefined) {
    return { kind: 'custom', functionArn, roleArn: must(role, 'role'), everyHours, schedule };
  }
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
