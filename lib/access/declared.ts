/** What the catalog declares of each secret, and what follows from other secrets: what rotates it, and for which secrets it is the admin. */
import { pagerDutyContactsOf } from '../model/contacts.ts';
import type { Application, Catalog, Consumer, EnvironmentCatalog, Secret } from '../model/index.ts';
import {
  platformApplication,
  destinationSecretName,
  pagerDutySecretName,
  rotatorName,
  secretExample,
  type Sensitivity,
} from '../contract/index.ts';

export interface DeclaredSecret {
  readonly environment: EnvironmentCatalog;
  /** Of the environment, or of the replica. The secret has the same name in both. */
  readonly region: string;
  /** `strongroom` for secrets of the platform. */
  readonly application: string;
  readonly fullName: string;
  readonly class: string;
  readonly sensitivity: Sensitivity;
  /** Whether operators supply its value. */
  readonly supplied: boolean;
  readonly readers: readonly Consumer[];
  /** Consumers of other applications that may read it. */
  readonly sharedWith: readonly { readonly application: string; readonly consumer: Consumer }[];
  /** Names of the {@link readers} that can read the pending value. */
  readonly pendingReaders: readonly string[];
  /** Whether the previous value stays valid for a grace time. */
  readonly grace: boolean;
  /** The function that rotates it, as {@link rotatorName} names it. */
  readonly rotatedFor?: string;
  /** ARN of the role of a custom rotation function. */
  readonly customRotator?: string;
  /** Full names of the secrets whose rotation logs in with this one. */
  readonly adminOf: readonly string[];
  /** The function that rotates {@link adminOf}, as {@link rotatorName} names it. */
  readonly adminFor?: string;
  /** The destination of audit events whose credential it is. Absent: none. */
  readonly destination?: string;
  /** The contact whose routing key of PagerDuty it is. Absent: none. */
  readonly pages?: string;
  /** As declared in the catalog. Secrets of the platform are in no file. */
  readonly source?: Secret;
}

export const declaredSecrets = ({ environments }: Catalog): DeclaredSecret[] => environments.flatMap(secretsOf);

/** Of one environment: by application, each secret before its replicas, the platform's secrets last. */
export const secretsOf = (environment: EnvironmentCatalog): DeclaredSecret[] => [
  ...environment.applications.flatMap((application) =>
    application.secrets.flatMap((secret) => {
      const home = declared(environment, application, secret);
      return [home, ...(secret.replicas ?? []).map((region): DeclaredSecret => ({ ...home, region }))];
    }),
  ),
  ...environment.destinations
    .filter((one) => secretExample(one) !== undefined)
    .map(({ name }) => destinationSecret(environment, name)),
  ...pagerDutyContactsOf(environment).map(({ name }) => routingKey(environment, name)),
];

export const isReplica = ({ environment, region }: DeclaredSecret): boolean => region !== environment.region;

/** Whether a function rotates it when it is created. Before that its generated value is of no use. */
export const rotatesAtCreation = ({ rotatedFor, supplied, source }: DeclaredSecret): boolean =>
  rotatedFor !== undefined && !supplied && source?.adopted === undefined;

/** `prod/payments/orders-db`; for a replica `prod/payments/orders-db in eu-central-1`. */
export const labelOf = (secret: DeclaredSecret): string =>
  isReplica(secret) ? `${secret.fullName} in ${secret.region}` : secret.fullName;

const declared = (environment: EnvironmentCatalog, application: Application, secret: Secret): DeclaredSecret => {
  const { rotation } = secret;
  const served = application.secrets.filter((other) => isAdminOf(secret.name, other));
  const adminFor = served.map(rotatorOf).find((one) => one !== undefined);
  const rotatedFor = rotatorOf(secret);
  return {
    environment,
    region: environment.region,
    application: application.name,
    fullName: secret.fullName,
    class: secret.class,
    sensitivity: secret.sensitivity,
    supplied: secret.value === 'supplied',
    readers: application.consumers.filter(({ name }) => secret.readers.includes(name)),
    sharedWith: sharedReadersOf(environment, secret),
    pendingReaders: secret.pendingReaders ?? [],
    grace: rotation.kind === 'automatic' && rotation.graceHours !== undefined,
    ...(rotatedFor !== undefined && { rotatedFor }),
    ...(rotation.kind === 'custom' && { customRotator: rotation.roleArn }),
    adminOf: served.map(({ fullName }) => fullName),
    ...(adminFor !== undefined && { adminFor }),
    source: secret,
  };
};

const rotatorOf = ({ rotation, database }: Secret): string | undefined =>
  rotation.kind === 'automatic' && database ? rotatorName(database.engine, rotation.network) : undefined;

const sharedReadersOf = ({ applications }: EnvironmentCatalog, { sharedWith = [] }: Secret) =>
  sharedWith.flatMap(({ application, readers }) =>
    applications
      .filter(({ name }) => name === application)
      .flatMap(({ consumers }) =>
        consumers.filter(({ name }) => readers.includes(name)).map((consumer) => ({ application, consumer })),
      ),
  );

const isAdminOf = (name: string, { rotation }: Secret): boolean =>
  rotation.kind === 'automatic' &&
  rotation.admin !== undefined &&
  'secret' in rotation.admin &&
  rotation.admin.secret === name;

const destinationSecret = (environment: EnvironmentCatalog, destination: string): DeclaredSecret => ({
  ...platformSecret(environment, destinationSecretName(environment.name, destination, environment.nameTemplate)),
  destination,
});

const routingKey = (environment: EnvironmentCatalog, contact: string): DeclaredSecret => ({
  ...platformSecret(environment, pagerDutySecretName(environment.name, contact, environment.nameTemplate)),
  pages: contact,
});

const platformSecret = (environment: EnvironmentCatalog, fullName: string): DeclaredSecret => ({
  environment,
  region: environment.region,
  application: platformApplication,
  fullName,
  class: 'api-key',
  sensitivity: 'high',
  supplied: true,
  readers: [],
  sharedWith: [],
  pendingReaders: [],
  grace: false,
  adminOf: [],
});
