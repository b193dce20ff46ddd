/** What the catalog declares of each secret, with what follows from other secrets: who rotates it, and for whom it is the admin. */
import type { Application, Catalog, Consumer, EnvironmentCatalog, Secret } from '../model/index.ts';
import { platformApplication, rotatorName, type Sensitivity, siemSecretName } from '../contract/index.ts';

export interface DeclaredSecret {
  readonly environment: EnvironmentCatalog;
  /** Of the environment; of a replica its own, where the secret has the same name. */
  readonly region: string;
  /** `strongroom` for the platform's own. */
  readonly application: string;
  readonly fullName: string;
  readonly class: string;
  readonly sensitivity: Sensitivity;
  /** Whether operators put its value. */
  readonly supplied: boolean;
  readonly readers: readonly Consumer[];
  /** Consumers of other applications that may read it. */
  readonly sharedWith: readonly { readonly application: string; readonly consumer: Consumer }[];
  /** Names of the {@link readers} that may read the value of a rotation under way. */
  readonly pendingReaders: readonly string[];
  /** Whether the value before the current one stays valid for a while. */
  readonly grace: boolean;
  /** The function that rotates it, as {@link rotatorName} names it. */
  readonly rotatedFor?: string;
  /** ARN of the role of a rotation function of the organisation's own. */
  readonly customRotator?: string;
  /** Full names of the secrets whose rotation logs in with this one. */
  readonly adminOf: readonly string[];
  /** The function that rotates {@link adminOf}, as {@link rotatorName} names it. */
  readonly adminFor?: string;
  /** The audit forwarder logs in to the SIEM with it. */
  readonly forSiem: boolean;
  /** As the catalog has it; the platform's own are in no file. */
  readonly source?: Secret;
}

export const declaredSecrets = ({ environments }: Catalog): DeclaredSecret[] => environments.flatMap(secretsOf);

/** Of one environment: application by application, each secret before its replicas, and the platform's own at the end. */
export const secretsOf = (environment: EnvironmentCatalog): DeclaredSecret[] => [
  ...environment.applications.flatMap((application) =>
    application.secrets.flatMap((secret) => {
      const home = declared(environment, application, secret);
      return [home, ...(secret.replicas ?? []).map((region): DeclaredSecret => ({ ...home, region }))];
    }),
  ),
  ...(environment.siem ? [siemSecret(environment)] : []),
];

export const isReplica = ({ environment, region }: DeclaredSecret): boolean => region !== environment.region;

/** Whether a function rotates it as soon as it is created: its generated value opens nothing before. */
export const rotatesAtCreation = ({ rotatedFor, supplied, source }: DeclaredSecret): boolean =>
  rotatedFor !== undefined && !supplied && source?.adopted === undefined;

/** `prod/payments/orders-db`, and of a replica `prod/payments/orders-db in eu-central-1`. */
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
    forSiem: false,
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

const siemSecret = (environment: EnvironmentCatalog): DeclaredSecret => ({
  environment,
  region: environment.region,
  application: platformApplication,
  fullName: siemSecretName(environment.name, environment.nameTemplate),
  class: 'api-key',
  sensitivity: 'high',
  supplied: true,
  readers: [],
  sharedWith: [],
  pendingReaders: [],
  grace: false,
  adminOf: [],
  forSiem: true,
});
