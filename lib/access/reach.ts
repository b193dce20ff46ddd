/** What a credential opens: whoever adds a secret may name any server in it, and another application's user. */
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

/** The one that RDS manages is a row of its own. */
const adminOf = ({ fullName, rotation }: Secret): Reach[] =>
  rotation.kind === 'automatic' && rotation.admin && 'fullName' in rotation.admin
    ? [{ who: `the rotation of ${fullName}`, may: 'log in with', what: rotation.admin.fullName }]
    : [];

/** Its code is not Strongroom's: what it does with the value is for those who wrote it to say. */
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

/** The server is shown the credential. */
const serversOf = (database: DatabaseTarget): string[] => {
  const { host, port, endpoint, dbname, username, userId, tls, readReplicas = [] } = database;
  const server = nameOf(host);
  // The name in the certificate is that of the server which applications connect to.
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
