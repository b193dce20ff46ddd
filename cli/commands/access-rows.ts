/** Who may do what with which secret, and what allows it: the same fences that the stacks build from the catalog. */
import {
  type Application,
  type AutomaticRotation,
  type Catalog,
  consumerRoleArn,
  type DatabaseTarget,
  type EnvironmentCatalog,
  roleArnIn,
  type Secret,
} from '../../lib/catalog/index.ts';
import {
  auditRoleName,
  breakGlassRoleName,
  type DatabaseEngine,
  keyAlias,
  operatorPolicyName,
  platformApplication,
  rotationRoleName,
  type Sensitivity,
  siemSecretName,
} from '../../lib/contract/index.ts';

export interface AccessRow {
  readonly environment: string;
  readonly application: string;
  /** Name in Secrets Manager; `dev/*` for every secret of an environment. */
  readonly secret: string;
  readonly class: string;
  readonly who: string;
  readonly may: readonly ('read' | 'write' | 'rotate')[];
  /** ARN of the role. */
  readonly role: string;
  /** Why, or on what condition. */
  readonly through: string;
}

export interface AccessFilter {
  readonly environment?: string;
  readonly application?: string;
}

/** Every row, environment by environment: readers first, then what the platform itself and people may do. */
export const accessRows = (catalog: Catalog, { environment, application }: AccessFilter = {}): AccessRow[] =>
  catalog.environments
    .filter(({ name }) => environment === undefined || name === environment)
    .flatMap((one) => [
      ...one.applications
        .filter(({ name }) => application === undefined || name === application)
        .flatMap((app) => app.secrets.flatMap((secret) => secretRows(one, app, secret))),
      ...(application === undefined || application === platformApplication ? siemRows(one) : []),
      ...everywhereRows(one),
    ]);

/** Three fences agree: the policy of the role, the policy of the secret, and the policy of the key. */
const threeFences = (environment: string, sensitivity: Sensitivity): string =>
  `policies of role, secret and ${keyAlias(environment, sensitivity)}`;

const secretRows = (environment: EnvironmentCatalog, application: Application, secret: Secret): AccessRow[] => {
  const base = {
    environment: environment.name,
    application: application.name,
    secret: secret.fullName,
    class: secret.class,
    through: threeFences(environment.name, secret.sensitivity),
  };
  const readers = application.consumers
    .filter(({ name }) => secret.readers.includes(name))
    .map((consumer): AccessRow => ({
      ...base,
      who: `consumer ${consumer.name}`,
      may: ['read'],
      role: consumerRoleArn(environment, consumer),
    }));
  return [
    ...readers,
    ...rotationRows(environment, application, secret, base),
    ...writerRows(environment, secret.value, base),
  ];
};

type Base = Omit<AccessRow, 'who' | 'may' | 'role'>;

const rotationRows = (
  environment: EnvironmentCatalog,
  application: Application,
  { rotation, database, name }: Secret,
  base: Base,
): AccessRow[] => {
  const rows: AccessRow[] = [];
  const engine: DatabaseEngine | undefined = database?.engine;
  if (engine === undefined) return rows;
  const rotator = {
    who: 'rotation function',
    role: roleArnIn(environment, rotationRoleName(environment.name, engine)),
  };
  if (rotation.kind === 'automatic') {
    rows.push({ ...base, ...rotator, may: ['read', 'write'] });
    if (database) rows.push(...masterRows(database.host, rotation, { ...base, ...rotator }));
  }
  const administers = application.secrets.filter((other) => isAdminOf(other, name));
  if (administers.length > 0 && rotation.kind === 'manual') {
    rows.push({
      ...base,
      ...rotator,
      may: ['read'],
      through: `${base.through}, as admin of ${administers.map((one) => one.fullName).join(', ')}`,
    });
  }
  return rows;
};

/** What the function reads or sets of the master credential that RDS keeps for a server. */
const masterRows = (
  host: DatabaseTarget['host'],
  { admin, strategy }: AutomaticRotation,
  rotator: Omit<AccessRow, 'may'>,
): AccessRow[] => {
  if ('name' in host) return [];
  const [pattern, server] = 'rds' in host ? ['rds!db-*', host.rds] : ['rds!cluster-*', host.rdsCluster];
  if (admin && 'managedBy' in admin) {
    const through = `policy of the role, as admin of ${rotator.secret}`;
    return [{ ...rotator, secret: `${pattern} of ${server}`, may: ['read'], through }];
  }
  if (strategy !== 'admin') return [];
  const action = 'rds' in host ? 'rds:ModifyDBInstance' : 'rds:ModifyDBCluster';
  return [
    { ...rotator, secret: `master password of ${server}`, may: ['write'], through: `policy of the role, ${action}` },
  ];
};

const isAdminOf = ({ rotation }: Secret, admin: string): boolean =>
  rotation.kind === 'automatic' &&
  rotation.admin !== undefined &&
  'secret' in rotation.admin &&
  rotation.admin.secret === admin;

const writerRows = (environment: EnvironmentCatalog, value: Secret['value'], base: Base): AccessRow[] =>
  value === 'supplied' ? environment.operators.map((role) => ({ ...base, who: 'operator', may: ['write'], role })) : [];

const siemRows = (environment: EnvironmentCatalog): AccessRow[] => {
  const base: Base = {
    environment: environment.name,
    application: platformApplication,
    secret: siemSecretName(environment.name),
    class: 'api-key',
    through: threeFences(environment.name, 'high'),
  };
  const role = roleArnIn(environment, auditRoleName(environment.name));
  return [{ ...base, who: 'audit forwarder', may: ['read'], role }, ...writerRows(environment, 'supplied', base)];
};

const everywhereRows = (environment: EnvironmentCatalog): AccessRow[] => {
  const base = { environment: environment.name, application: '*', secret: `${environment.name}/*`, class: '*' };
  return [
    ...environment.operators.map((role): AccessRow => ({
      ...base,
      who: 'operator',
      may: ['rotate'],
      role,
      through: `policy of the secret; the role needs ${operatorPolicyName(environment.name)}`,
    })),
    {
      ...base,
      who: 'break-glass',
      may: ['read', 'write', 'rotate'],
      role: roleArnIn(environment, breakGlassRoleName(environment.name)),
      through: `assumed with MFA by ${environment.breakGlass.join(', ')}`,
    },
  ];
};
