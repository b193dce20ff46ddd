/**
 * What bounds rights, so that two catalogs can be held side by side: the fences that stand in both, what a credential
 * opens, for how long, and where.
 */
import type { Application, Catalog, DatabaseTarget, EnvironmentCatalog, Secret } from '../catalog/model.ts';
import { keyAlias } from '../contract/index.ts';
import type { Right } from './rights.ts';

/** What `one` lets through, of what is in both catalogs; what is there in one alone is a matter of rights. */
export const limitsOf = (one: Catalog, other: Catalog): Right[] =>
  pairs(one.environments, other.environments).flatMap(([environment, its]) => [
    ...ofEnvironment(environment, its).map((limit) => right(environment, '*', limit)),
    ...pairs(environment.applications, its.applications).flatMap(([application, then]) =>
      ofApplication(environment.name, application, then).map((limit) => right(environment, application.name, limit)),
    ),
  ]);

type Limit = Pick<Right, 'who' | 'may' | 'what'>;

const right = ({ name }: EnvironmentCatalog, application: string, limit: Limit): Right => ({
  environment: name,
  application,
  role: '*',
  ...limit,
});

const pairs = <One extends { readonly name: string }>(these: readonly One[], those: readonly One[]): [One, One][] =>
  these.flatMap((one): [One, One][] => {
    const other = those.find(({ name }) => name === one.name);
    return other ? [[one, other]] : [];
  });

const ofEnvironment = (environment: EnvironmentCatalog, other: EnvironmentCatalog): Limit[] => {
  const { fences, network, region, trail } = environment;
  const inVpc = (what: string): Limit => ({ who: 'a reader in a VPC', may: 'read', what: `its secrets ${what}` });
  const { organizationId, vpcEndpoints = [], vpcs = [] } = fences ?? {};
  const boundary = other.fences?.permissionsBoundary;
  return [
    { who: 'every reader', may: 'read', what: `its secrets in ${region}` },
    // A fence that is new, or falls, is told of each reader.
    ...(other.fences?.vpcEndpoints ? vpcEndpoints.map((endpoint) => inVpc(`through ${endpoint}`)) : []),
    ...(other.fences?.vpcs ? vpcs.map((vpc) => inVpc(`from ${vpc}`)) : []),
    ...(other.fences?.organizationId !== undefined && organizationId !== undefined
      ? [{ who: `a principal of ${organizationId}`, may: 'use', what: 'the secrets that name it' }]
      : []),
    ...(boundary !== undefined && boundary !== fences?.permissionsBoundary
      ? [{ who: 'every role that Strongroom makes', may: 'act', what: `beyond the boundary ${boundary}` }]
      : []),
    ...(trail === 'existing' && other.trail === 'create'
      ? [{ who: 'everybody', may: 'act', what: 'without the trail that Strongroom makes' }]
      : []),
    ...(network ? [network.vpc, ...network.subnets, ...network.securityGroups] : ['no VPC']).map((place) => ({
      who: 'a rotation function',
      may: 'run in',
      what: place,
    })),
  ];
};

const ofApplication = (
  environment: string,
  { secrets, iamDatabases = [] }: Application,
  other: Application,
): Limit[] => [
  ...pairs(secrets, other.secrets).flatMap(([secret, its]) => ofSecret(environment, secret, its)),
  ...pairs(iamDatabases, other.iamDatabases ?? []).map(([{ name, host, port, dbname, username }]) => ({
    who: `whoever logs in to database ${name}`,
    may: 'connect to',
    what: `${host}:${port}, database ${dbname}, as ${username}`,
  })),
];

const ofSecret = (
  environment: string,
  { fullName, sensitivity, database, rotation }: Secret,
  other: Secret,
): Limit[] => {
  const who = `whoever reads ${fullName}`;
  const grace = graceOf(rotation);
  const grants = rotation.kind === 'automatic' ? Object.entries(rotation.provision?.grants ?? {}) : [];
  return [
    ...(database ? serversOf(database).map((what) => ({ who, may: 'log in to', what })) : []),
    ...grants
      .flatMap(([schema, privilege]) =>
        (privilege === 'read-write' ? ['reading', 'writing'] : ['reading']).map(
          (deed) => `${deed} in schema ${schema}`,
        ),
      )
      .map((what) => ({ who: `the database user of ${fullName}`, may: 'be granted', what })),
    ...(sensitivity === 'standard' && other.sensitivity === 'high'
      ? [{ who: `the key ${keyAlias(environment, sensitivity)}`, may: 'serve', what: fullName }]
      : []),
    ...(grace > graceOf(other.rotation) && graceOf(other.rotation) > 0
      ? [{ who, may: 'read', what: `the value before the current one for ${grace} hours` }]
      : []),
  ];
};

const graceOf = (rotation: Secret['rotation']): number =>
  rotation.kind === 'automatic' ? (rotation.graceHours ?? 0) : 0;

/** Whoever names the server names who is shown the credential. */
const serversOf = ({ host, port, endpoint, dbname, username, tls, readReplicas = [] }: DatabaseTarget): string[] => {
  const server = nameOf(host);
  // The name in the certificate is that of the server which applications connect to.
  const proof = typeof tls === 'object' ? ` with the certificate of ${tls.serverName}` : '';
  const as = `${dbname === '' ? '' : `, database ${dbname}`}, as ${username}${tls === 'disable' ? ', without TLS' : ''}`;
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
