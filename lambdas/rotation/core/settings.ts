/** What the tags of a secret say about its rotation: the desired state, from the catalog. */
import {
  adminManagedByRds,
  alternateSuffix,
  engineFacts,
  isSecretName,
  parseGrace,
  parseGrants,
  rotationStrategies,
  secretTag,
  type DatabaseEngine,
  type Grants,
  type RotationStrategy,
} from '../../../lib/contract/index.ts';
import { isHostName, isPort, parseEndpoints } from './host-names.ts';
import type { Endpoint } from '../../databases/port.ts';
import type { InstanceId, SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';

export interface RotationSettings {
  readonly strategy: RotationStrategy;
  /** Present where the catalog wrote the tags: the secret is not an imported one. */
  readonly engine?: DatabaseEngine;
  readonly host?: { readonly name: string } | InstanceId;
  readonly port?: number;
  /** Where applications connect, if not at {@link host}: the value has this, and no rotation connects to it. */
  readonly endpoint?: Endpoint;
  readonly dbname?: string;
  readonly username?: string;
  readonly userId?: string;
  /** TLS is off only if this is `disable`. */
  readonly tls?: 'disable';
  readonly servername?: string;
  /** Replicas in addition to those that RDS knows; the port is the writer's if none is named. */
  readonly readReplicas: readonly (Pick<Endpoint, 'host'> & Partial<Endpoint>)[];
  readonly graceHours?: number;
  readonly admin?: { readonly managedBy: 'rds' } | { readonly secret: string };
  /** Present: the user is created where it does not exist, with these grants. */
  readonly provision?: Grants;
}

type TagKey = keyof typeof secretTag;

/** The tags of one secret, and how to refuse one of them. */
interface Tags {
  readonly get: (key: TagKey) => string | undefined;
  readonly refuse: (key: TagKey, expected: string) => RotationError;
}

/**
 * Reads the tags; an imported secret without any has the defaults.
 *
 * @throws RotationError `tags-invalid`, naming the tag, its value and what it should be; `strategy-impossible`;
 * `engine-mismatch`.
 */
export const readSettings = (
  { name, tags }: SecretDescription,
  { engine: served }: { readonly engine: DatabaseEngine },
): RotationSettings => {
  const all: Tags = {
    get: (key) => tags[secretTag[key]],
    refuse: (key, expected) =>
      new RotationError(
        'tags-invalid',
        `Secret ${name}: tag ${secretTag[key]} is ${JSON.stringify(tags[secretTag[key]] ?? null)}; expected ${expected}`,
        { retryable: false },
      ),
  };
  const engine = all.get('engine');
  if (engine !== undefined && engine !== served) {
    throw new RotationError(
      'engine-mismatch',
      `Secret ${name} is for engine ${JSON.stringify(engine)}, but this function rotates ${served}`,
      { retryable: false },
    );
  }
  const strategy = strategyIn(all, served, name);
  const dbname = all.get('dbname');
  return {
    strategy,
    ...(engine !== undefined && { engine: served }),
    ...hostIn(all, served),
    ...endpointIn(all, served),
    ...(dbname !== undefined && { dbname }),
    ...usersIn(all, served, strategy),
    ...tlsIn(all),
    readReplicas: readReplicasIn(all),
    ...graceIn(all),
    ...adminIn(all, served, strategy),
  };
};

const strategyIn = ({ get, refuse }: Tags, served: DatabaseEngine, name: string): RotationStrategy => {
  const { label, strategies } = engineFacts[served];
  const text = get('strategy') ?? 'single-user';
  const strategy = rotationStrategies.find((known) => known === text);
  if (strategy === undefined) throw refuse('strategy', `one of ${strategies.join(', ')}`);
  if (strategies.includes(strategy)) return strategy;
  throw new RotationError(
    'strategy-impossible',
    `Secret ${name}: ${label} can't rotate by ${strategy}; write one of ${strategies.join(', ')}`,
    { retryable: false },
  );
};

const hostIn = ({ get, refuse }: Tags, served: DatabaseEngine): Pick<RotationSettings, 'host' | 'port'> => {
  const { label, onRds, onRdsCluster } = engineFacts[served];
  const [name, rds, rdsCluster] = [get('host'), get('rds'), get('rdsCluster')];
  const both = (other: TagKey): string => `no value, as tag ${secretTag[other]} is there too`;
  if (rds !== undefined && name !== undefined) throw refuse('rds', both('host'));
  if (rdsCluster !== undefined && name !== undefined) throw refuse('rdsCluster', both('host'));
  if (rdsCluster !== undefined && rds !== undefined) throw refuse('rdsCluster', both('rds'));
  if (rds !== undefined && !onRds) throw refuse('rds', `no value, as RDS has no instances of ${label}`);
  if (rdsCluster !== undefined && !onRdsCluster) throw refuse('rdsCluster', `no value, as ${label} has no clusters`);
  if (name !== undefined && !isHostName(name)) throw refuse('host', 'a host name or an address');
  const port = get('port');
  if (port !== undefined && !isPort(Number(port))) throw refuse('port', 'a number from 1 to 65535');
  return {
    ...(name !== undefined && { host: { name } }),
    ...(rds !== undefined && { host: { rds } }),
    ...(rdsCluster !== undefined && { host: { rdsCluster } }),
    ...(port !== undefined && { port: Number(port) }),
  };
};

const endpointIn = ({ get, refuse }: Tags, served: DatabaseEngine): Pick<RotationSettings, 'endpoint'> => {
  const [host, port = String(engineFacts[served].port)] = [get('endpoint'), get('endpointPort')];
  if (host === undefined) {
    if (get('endpointPort') === undefined) return {};
    throw refuse('endpointPort', `no value, as there is no tag ${secretTag.endpoint}`);
  }
  if (!isHostName(host)) throw refuse('endpoint', 'a host name or an address');
  if (!isPort(Number(port))) throw refuse('endpointPort', 'a number from 1 to 65535');
  if (get('host') === undefined && get('rds') === undefined && get('rdsCluster') === undefined) {
    throw refuse('endpoint', `a tag ${secretTag.host}, ${secretTag.rds} or ${secretTag.rdsCluster} next to it`);
  }
  return { endpoint: { host, port: Number(port) } };
};

const usersIn = (
  { get, refuse }: Tags,
  served: DatabaseEngine,
  strategy: RotationStrategy,
): Pick<RotationSettings, 'username' | 'userId'> => {
  const { label, usernameLimit, usersChangedBy } = engineFacts[served];
  const [username, userId] = [get('username'), get('userId')];
  const longest = strategy === 'alternating-users' ? usernameLimit - alternateSuffix.length : usernameLimit;
  if (username === '') throw refuse('username', 'the name of a user');
  if (username !== undefined && Buffer.byteLength(username) > longest) {
    const room = longest < usernameLimit ? `, with room for "${alternateSuffix}"` : '';
    throw refuse('username', `at most ${longest} bytes (${label} takes ${usernameLimit}${room})`);
  }
  if (userId !== undefined && usersChangedBy !== 'function-role') {
    throw refuse('userId', `no value, as users of ${label} have their name alone`);
  }
  return { ...(username !== undefined && { username }), ...(userId !== undefined && { userId }) };
};

const tlsIn = ({ get, refuse }: Tags): Pick<RotationSettings, 'tls' | 'servername'> => {
  const [tls, servername] = [get('tls'), get('tlsServerName')];
  if (tls !== undefined && tls !== 'disable') throw refuse('tls', '"disable", or no such tag, which means TLS');
  if (servername === undefined) return tls === undefined ? {} : { tls };
  if (!isHostName(servername)) throw refuse('tlsServerName', 'the host name in the certificate');
  if (tls !== undefined) throw refuse('tlsServerName', `no value, as tag ${secretTag.tls} is there too`);
  return { servername };
};

const readReplicasIn = ({ get, refuse }: Tags): RotationSettings['readReplicas'] => {
  const replicas = parseEndpoints(get('readReplicas') ?? '');
  if (!replicas) throw refuse('readReplicas', 'a list such as "replica-1.internal replica-2.internal:5433"');
  return replicas;
};

const graceIn = ({ get, refuse }: Tags): Pick<RotationSettings, 'graceHours'> => {
  const grace = get('grace');
  if (grace === undefined) return {};
  const graceHours = parseGrace(grace);
  if (graceHours === undefined) throw refuse('grace', 'whole hours such as "24h"');
  return { graceHours };
};

const adminIn = (
  { get, refuse }: Tags,
  served: DatabaseEngine,
  strategy: RotationStrategy,
): Pick<RotationSettings, 'admin' | 'provision'> => {
  const { label, usersChangedBy, provisions } = engineFacts[served];
  const [admin, provision] = [get('admin'), get('provision')];
  if (admin !== undefined) {
    if (usersChangedBy === 'function-role') {
      throw refuse('admin', `no value, as the function's role changes the users of ${label}`);
    }
    if (strategy === 'admin') throw refuse('admin', 'no value, as this secret is the admin');
    if (admin === adminManagedByRds && get('rds') === undefined && get('rdsCluster') === undefined) {
      throw refuse('rds', 'the RDS instance that manages the admin');
    }
    // An organisation may name secrets by a template: IAM and the admin's own tags say whose it is.
    if (!isSecretName(admin)) throw refuse('admin', `${adminManagedByRds}, or the name of a secret`);
  }
  const grants = provision === undefined ? undefined : parseGrants(provision);
  if (provision !== undefined) {
    if (!provisions) throw refuse('provision', `no value, as users of ${label} are not provisioned`);
    if (grants === undefined) throw refuse('provision', 'a list such as "public=read-write audit=read-only"');
    if (admin === undefined) throw refuse('admin', 'the admin that creates the user');
  }
  return {
    ...(admin !== undefined && { admin: admin === adminManagedByRds ? { managedBy: 'rds' } : { secret: admin } }),
    ...(grants !== undefined && { provision: grants }),
  };
};
