/** The matrix as a reviewer reads it: who may do what with which secret, and what allows it. */
import {
  type Catalog,
  type Consumer,
  consumerRoleArn,
  type DatabaseTarget,
  type EnvironmentCatalog,
  type Workload,
} from '../model/index.ts';
import { keyAlias, operatorPolicyName, type Sensitivity } from '../contract/index.ts';
import { decide } from './decide.ts';
import { type DeclaredSecret, isReplica, labelOf, secretsOf } from './declared.ts';
import type { SecretAction } from './actions.ts';
import { declaredPrincipals, type Position, type Principal } from './principals.ts';
import { readsByTags } from './reading.ts';
import type { Circumstances } from './request.ts';

export type AccessLevel = 'read' | 'write' | 'rotate' | 'delete' | 'log in';

/** Of a consumer `runsOn` as the catalog has it, or the kind of principal if it is not a consumer. */
export type Kind = Workload['runsOn'] | 'existing role' | 'permission set' | 'other account' | 'platform' | 'people';

export interface AccessRow {
  readonly environment: string;
  readonly application: string;
  /**
   * Name in Secrets Manager, with the region for a replica; `dev/*` for every secret of an environment; a database if there
   * is no secret.
   */
  readonly secret: string;
  /** Of a replica. */
  readonly region?: string;
  readonly class: string;
  /** Absent for many secrets, or none. */
  readonly sensitivity?: Sensitivity;
  readonly who: string;
  /** Where it runs, or what it belongs to. */
  readonly kind: Kind;
  readonly may: readonly AccessLevel[];
  /** ARN of the role. */
  readonly role: string;
  /** Why, or on what condition. */
  readonly through: string;
}

export interface AccessFilter {
  readonly environment?: string;
  readonly application?: string;
}

/** Every row, by environment: readers first, then the platform and people. */
export const accessRows = (catalog: Catalog, { environment, application }: AccessFilter = {}): AccessRow[] => {
  const holders = holdersIn(catalog);
  return catalog.environments
    .filter(({ name }) => environment === undefined || name === environment)
    .flatMap((one) => [
      ...secretsOf(one).flatMap((secret) => {
        if (application === undefined || secret.application === application) {
          return secretRows(secret, holders(secret));
        }
        // For a secret of another application: what this application can do.
        const own = holders(secret).filter(({ position }) => isConsumerOf(application, position));
        return secretRows(secret, own);
      }),
      ...loginRows(one, application),
      ...everywhereRows(one, catalog),
    ]);
};

const isConsumerOf = (application: string, position: Position): boolean =>
  position.as === 'consumer' && position.application === application;

/** A principal in one of its positions. */
export interface Holder {
  readonly principal: Principal;
  readonly position: Position;
}

/** Finds the principals with a declared role for a secret, consumers first. */
export const holdersIn = (catalog: Catalog): ((secret: DeclaredSecret) => readonly Holder[]) => {
  const byScope = new Map<string, Holder[]>();
  for (const principal of declaredPrincipals(catalog)) {
    for (const position of principal.positions) {
      const scope = scopeOf(position.environment, position.as === 'consumer' ? position.application : '');
      const known = byScope.get(scope) ?? [];
      known.push({ principal: { ...principal, positions: [position] }, position });
      byScope.set(scope, known);
    }
  }
  const at = (environment: EnvironmentCatalog, application: string) =>
    byScope.get(scopeOf(environment, application)) ?? [];
  return ({ environment, application, sharedWith }) =>
    [...new Set([application, ...sharedWith.map((one) => one.application), ''])].flatMap((one) => at(environment, one));
};

const scopeOf = ({ name }: EnvironmentCatalog, application: string): string => `${name}/${application}`;

/** What a principal can do with a secret if the circumstances allow it. A replica can only be read. */
export const accessLevelsOf = (secret: DeclaredSecret, principal: Principal): AccessLevel[] => {
  const circumstances = atHome(secret.environment);
  const may = (action: SecretAction): boolean =>
    decide({ principal, secret, action: `secretsmanager:${action}`, circumstances }) === 'allowed';
  const levels = isReplica(secret) ? (['read'] as const) : (Object.keys(actionOf) as (keyof typeof actionOf)[]);
  return levels.filter((level) => may(actionOf[level]));
};

const actionOf = {
  read: 'GetSecretValue',
  write: 'PutSecretValue',
  rotate: 'RotateSecret',
  delete: 'DeleteSecret',
} as const satisfies Partial<Record<AccessLevel, SecretAction>>;

/** The circumstances that every fence of an environment allows. */
export const atHome = ({ fences }: EnvironmentCatalog): Circumstances => ({
  secondFactor: 'to AWS',
  // See docs/adoption.md.
  tags: 'set by hand',
  ...(fences?.organizationId !== undefined && { organizationId: fences.organizationId }),
  ...(fences?.vpcs?.[0] !== undefined && { vpc: fences.vpcs[0] }),
  ...(fences?.vpcEndpoints?.[0] !== undefined && { endpoint: fences.vpcEndpoints[0] }),
});

/** The principals with a declared role for this secret: readers in the order of the catalog, rotation, operators. */
const secretRows = (secret: DeclaredSecret, holders: readonly Holder[]): AccessRow[] =>
  holders
    .filter(({ position }) => !isEverywhere(position))
    .flatMap(({ principal, position }): AccessRow[] => {
      // Operators rotate every secret of the environment, which has a separate row.
      const may = accessLevelsOf(secret, principal).filter((level) => position.as !== 'operator' || level !== 'rotate');
      if (may.length === 0) return [];
      const row: AccessRow = {
        environment: secret.environment.name,
        application: secret.application,
        secret: labelOf(secret),
        ...(isReplica(secret) && { region: secret.region }),
        class: secret.class,
        who: nameOf(position, secret.application),
        kind: kindOf(position),
        may,
        role: position.as === 'consumer' ? consumerRoleArn(secret.environment, position.consumer) : principal.arn,
        through: throughOf(secret, position),
      };
      return [{ ...row, sensitivity: secret.sensitivity }, ...masterRows(secret, row, position)];
    });

const isEverywhere = ({ as }: Position): boolean =>
  as === 'first rotation' || as === 'break-glass' || as === 'deployer' || as === 'root';

/** Of another application, with its name: `consumer api of billing`. */
const nameOf = (position: Position, application: string): string => {
  if (position.as !== 'consumer') return position.as;
  const of = position.application === application ? '' : ` of ${position.application}`;
  return `consumer ${position.consumer.name}${of}`;
};

const kindOf = (position: Position): Kind => {
  if (position.as === 'consumer') return kindOfConsumer(position.consumer);
  if (position.as === 'custom rotation function') return 'existing role';
  if (position.as === 'first rotation') return 'platform';
  return position.as === 'operator' || isEverywhere(position) ? 'people' : 'platform';
};

const kindOfConsumer = (consumer: Consumer): Kind => {
  if ('runsOn' in consumer) return consumer.runsOn;
  if ('permissionSet' in consumer) return 'permission set';
  return 'account' in consumer ? 'other account' : 'existing role';
};

/** Three fences agree: the policy of the role, the policy of the secret, and the policy of the key. */
const throughOf = (secret: DeclaredSecret, position: Position): string => {
  const { environment, sensitivity, source, adminOf, rotatedFor } = secret;
  const key = source?.adopted ? 'its key' : keyAlias(environment.name, sensitivity);
  const fences = `policies of role, secret and ${key}`;
  if (position.as === 'rotation function' && rotatedFor !== position.rotator) {
    return `${fences}, as admin of ${adminOf.join(', ')}`;
  }
  if (position.as !== 'consumer') return fences;
  if (position.application !== secret.application) return `${fences}, shared by ${secret.application}`;
  const application = environment.applications.find(({ name }) => name === position.application);
  const isByTags = application && readsByTags(environment, application, position.consumer);
  const how = [
    ...(isByTags ? ['by tags'] : []),
    ...(position.consumer.reads ? ['each version whose id it knows'] : []),
  ];
  return [fences, ...how].join(', ');
};

/** What the function reads or sets of the master credential that RDS manages for a server. */
const masterRows = ({ source }: DeclaredSecret, row: AccessRow, position: Position): AccessRow[] => {
  const { rotation, database } = source ?? {};
  if (position.as !== 'rotation function' || rotation?.kind !== 'automatic' || !database) return [];
  const server = serverOf(database.host);
  if (!server) return [];
  const { admin, strategy } = rotation;
  if (admin && 'managedBy' in admin) {
    const through = `policy of the role, as admin of ${row.secret}`;
    return [{ ...row, secret: `${server.masters} of ${server.name}`, may: ['read'], through }];
  }
  if (strategy !== 'admin') return [];
  const through = `policy of the role, ${server.modify}`;
  return [{ ...row, secret: `master password of ${server.name}`, may: ['write'], through }];
};

const serverOf = (host: DatabaseTarget['host']) => {
  if ('name' in host) return undefined;
  return 'rds' in host
    ? { name: host.rds, masters: 'rds!db-*', modify: 'rds:ModifyDBInstance' }
    : { name: host.rdsCluster, masters: 'rds!cluster-*', modify: 'rds:ModifyDBCluster' };
};

/** Databases that accept IAM tokens: there is no secret to read. */
const loginRows = (environment: EnvironmentCatalog, only: string | undefined): AccessRow[] =>
  environment.applications
    .filter(({ name }) => only === undefined || name === only)
    .flatMap(({ name: application, consumers, iamDatabases = [] }) =>
      iamDatabases.flatMap((database) =>
        consumers
          .filter(({ name }) => database.readers.includes(name))
          .map((consumer): AccessRow => ({
            environment: environment.name,
            application,
            secret: `database ${database.name}`,
            class: 'database',
            who: `consumer ${consumer.name}`,
            kind: kindOfConsumer(consumer),
            may: ['log in'],
            role: consumerRoleArn(environment, consumer),
            through: `rds-db:connect as ${database.username} of ${database.resourceId}; there is no secret`,
          })),
      ),
    );

/** The principals with the same role for every secret of an environment. */
const everywhereRows = (environment: EnvironmentCatalog, catalog: Catalog): AccessRow[] => {
  const holders = holdersIn({ ...catalog, environments: [environment] });
  const secrets = secretsOf(environment).filter((secret) => !isReplica(secret));
  const [any] = secrets.slice(-1);
  return (any ? holders(any) : []).flatMap(({ principal, position }): AccessRow[] => {
    const through = throughEverywhere(environment, position);
    if (through === undefined) return [];
    const may = position.as === 'first rotation' ? (['rotate'] as const) : commonAccessLevels(secrets, principal);
    const secret = `${environment.name}/*`;
    const { name } = environment;
    const who = { who: position.as, kind: kindOf(position), role: principal.arn };
    return [{ environment: name, application: '*', secret, class: '*', ...who, may, through }];
  });
};

const throughEverywhere = ({ name, breakGlass }: EnvironmentCatalog, { as }: Position): string | undefined => {
  if (as === 'operator') return `policy of the secret; the role needs ${operatorPolicyName(name)}`;
  if (as === 'first rotation') return 'policies of role and secret, for generated secrets as they are created';
  return as === 'break-glass' ? `assumed by ${breakGlass.join(', ')}` : undefined;
};

const commonAccessLevels = (secrets: readonly DeclaredSecret[], principal: Principal): AccessLevel[] => {
  const [first, ...others] = secrets.map((secret) => accessLevelsOf(secret, principal));
  return (first ?? []).filter((level) => others.every((levels) => levels.includes(level)));
};
