/** Tags of a secret by the contract: who owns it, what it is, and where its database is. */
import {
  adminManagedByRds,
  type DatabaseEngine,
  defaultNetwork,
  formatGrace,
  formatGrants,
  rotatorName,
  secretTag,
} from '../contract/index.ts';
import type { Application, AutomaticRotation, DatabaseTarget, Secret } from './catalog.ts';

export type SecretTags = Readonly<Partial<Record<(typeof secretTag)[keyof typeof secretTag], string>>>;

/** What a secret's tags are made of, in addition to its rotation. */
export interface TaggedFacts extends Pick<Secret, 'name' | 'class' | 'database'> {
  readonly environment: string;
  readonly application: string;
  readonly owner: string;
  readonly contact: string;
  readonly sensitivity?: Secret['sensitivity'];
  readonly adminFor?: DatabaseEngine;
  /** Network of the function of {@link adminFor}. Absent: the default network. */
  readonly adminForNetwork?: string;
}

/** What a secret's declaration says of it. */
export const declaredTags = ({
  environment,
  application,
  name,
  sensitivity = 'standard',
  ...facts
}: TaggedFacts): SecretTags => ({
  [secretTag.environment]: environment,
  [secretTag.application]: application,
  [secretTag.secret]: name,
  [secretTag.owner]: facts.owner,
  [secretTag.contact]: facts.contact,
  [secretTag.class]: facts.class,
  [secretTag.sensitivity]: sensitivity,
  ...(facts.adminFor && { [secretTag.adminFor]: rotatorName(facts.adminFor, facts.adminForNetwork) }),
  ...(facts.database && databaseTags(facts.database)),
});

/** What the rotation function needs in addition to the connection. */
export const rotationTags = ({
  strategy,
  network,
  graceHours,
  admin,
  provision,
}: Pick<AutomaticRotation, 'strategy' | 'network' | 'graceHours' | 'admin' | 'provision'>): SecretTags => ({
  [secretTag.strategy]: strategy,
  ...(network !== undefined && network !== defaultNetwork && { [secretTag.network]: network }),
  ...(graceHours !== undefined && { [secretTag.grace]: formatGrace(graceHours) }),
  ...(admin && { [secretTag.admin]: 'managedBy' in admin ? adminManagedByRds : admin.fullName }),
  ...(provision && { [secretTag.provision]: formatGrants(provision.grants) }),
});

/**
 * The tags that no deploy sets: rotation functions learn from them what to rotate, and operators' policies which secrets are
 * of the environment.
 *
 * @returns undefined if the secret is not adopted
 */
export const adoptedTags = (environment: string, application: Application, secret: Secret): SecretTags | undefined => {
  if (!secret.adopted) return undefined;
  const adminFor = adminsIn(application).get(secret.name);
  const { rotation } = secret;
  const { name, owner, contact } = application;
  const scope = { environment, application: name, owner, contact: contact.name };
  return {
    ...declaredTags({ ...secret, ...scope, ...adminFor }),
    ...(rotation.kind === 'automatic' && rotationTags(rotation)),
  };
};

/** Secrets that other secrets of the application name as their admin, with the function that reads them. */
export const adminsIn = ({
  secrets,
}: Pick<Application, 'secrets'>): Map<string, Pick<TaggedFacts, 'adminFor' | 'adminForNetwork'>> =>
  new Map(
    secrets.flatMap(({ database, rotation }) =>
      database && rotation.kind === 'automatic' && rotation.admin && 'secret' in rotation.admin
        ? [
            [
              rotation.admin.secret,
              {
                adminFor: database.engine,
                ...(rotation.network !== undefined && { adminForNetwork: rotation.network }),
              },
            ] as const,
          ]
        : [],
    ),
  );

/** Connection facts: tags and never part of the generated value, see {@link secretTag}. */
const databaseTags = (database: DatabaseTarget): SecretTags => {
  const { engine, host, port, endpoint, dbname, username, userId, tls, readReplicas } = database;
  return {
    [secretTag.engine]: engine,
    ...hostTag(host),
    ...(port !== undefined && { [secretTag.port]: String(port) }),
    ...(endpoint && { [secretTag.endpoint]: endpoint.host, [secretTag.endpointPort]: String(endpoint.port) }),
    ...(dbname !== '' && { [secretTag.dbname]: dbname }),
    [secretTag.username]: username,
    ...(userId !== undefined && { [secretTag.userId]: userId }),
    ...(tls === 'disable' && { [secretTag.tls]: tls }),
    ...(typeof tls === 'object' && { [secretTag.tlsServerName]: tls.serverName }),
    ...(readReplicas && { [secretTag.readReplicas]: readReplicas.join(' ') }),
  };
};

const hostTag = (host: DatabaseTarget['host']): SecretTags => {
  if ('rds' in host) return { [secretTag.rds]: host.rds };
  return 'rdsCluster' in host ? { [secretTag.rdsCluster]: host.rdsCluster } : { [secretTag.host]: host.name };
};
