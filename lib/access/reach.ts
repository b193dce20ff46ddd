/** What a credential gives access to: a new secret can name any server, and a user of another application. */
import type { Application, DatabaseTarget, EnvironmentCatalog, Secret } from '../model/catalog.ts';
import type { SchemaPrivilege } from '../contract/index.ts';
import type { Right } from './rights.ts';

export const reachOf = ({ name: environment, applications }: EnvironmentCatalog): Right[] =>
  applications.flatMap((application) =>
    [
      ...application.secrets.flatMap((secret) => [
        ...opensOf(secret),
        ...adminOf(secret),
        ...invokedFor(secret),
        ...grantedBy(secret),
      ]),
      ...databasesOf(application),
    ].map((reach) => ({ environment, application: application.name, role: '*', ...reach })),
  );

type Reach = Pick<Right, 'who' | 'may' | 'what'>;

const opensOf = ({ fullName, database }: Secret): Reach[] =>
  database ? serversOf(database).map((what) => ({ who: `anyone who reads ${fullName}`, may: 'log in to', what })) : [];

/** The credential that RDS manages has a separate row. */
const adminOf = ({ fullName, rotation }: Secret): Reach[] =>
  rotation.kind === 'automatic' && rotation.admin && 'fullName' in rotation.admin
    ? [{ who: `the rotation of ${fullName}`, may: 'log in with', what: rotation.admin.fullName }]
    : [];

/** Its code is not part of Strongroom, so its use of the value is unknown. */
const invokedFor = ({ fullName, rotation }: Secret): Reach[] =>
  rotation.kind === 'custom' ? [{ who: `the rotation of ${fullName}`, may: 'invoke', what: rotation.functionArn }] : [];

const grantedBy = ({ fullName, rotation }: Secret): Reach[] =>
  Object.entries(rotation.kind === 'automatic' ? (rotation.provision?.grants ?? {}) : {}).flatMap(
    ([schema, privilege]) =>
      accessOf[privilege].map((access) => ({
        who: `the database user of ${fullName}`,
        may: 'be granted',
        what: `${access} in schema ${schema}`,
      })),
  );

const accessOf: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['reading'],
  'read-write': ['reading', 'writing'],
  migrate: ['reading', 'writing', 'creating, altering and dropping tables'],
};

const databasesOf = ({ iamDatabases = [] }: Application): Reach[] =>
  iamDatabases.map(({ name, engine, host, port, dbname, username }) => ({
    who: `anyone who logs in to database ${name}`,
    may: 'connect to',
    what: `${engine} at ${host}:${port}, database ${dbname}, as ${username}`,
  }));

/** The server receives the credential. */
const serversOf = (database: DatabaseTarget): string[] => {
  const { host, port, endpoint, dbname, username, userId, tls, readReplicas = [] } = database;
  const server = nameOf(host);
  // The certificate names the server that applications connect to.
  const proof = typeof tls === 'object' ? ` with the certificate of ${tls.serverName}` : '';
  const user = userId === undefined ? username : `${username} (user id ${userId})`;
  const as = `${dbname === '' ? '' : `, database ${dbname}`}, as ${user}${tls === 'disable' ? ', without TLS' : ''}`;
  return [
    `${server}${port === undefined ? '' : `:${port}`}${endpoint ? '' : proof}${as}`,
    ...(endpoint ? [`${endpoint.host}:${endpoint.port}${proof}${as}`] : []),
    ...readReplicas.map((replica) => `${replica}${proof}${as}`),
  ];
};

const nameOf = (host: DatabaseTarget['host']): string => {
  if ('name' in host) return host.name;
  return 'rds' in host ? `RDS instance ${host.rds}` : `RDS cluster ${host.rdsCluster}`;
};
