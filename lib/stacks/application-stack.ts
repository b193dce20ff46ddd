/** One catalog file: an application's consumers, its secrets, who reads which, and how each rotates. */
import { CfnOutput } from 'aws-cdk-lib';
import { ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { isReadByTags, readingOf } from '../reader-policies/reading.ts';
import type {
  Application,
  Consumer as CatalogConsumer,
  CustomRotation,
  EnvironmentCatalog,
  RotationException,
  Secret,
} from '../model/catalog.ts';
import { replicaRegionsReadBy } from '../model/replica-regions.ts';
import { adminsIn } from '../model/secret-tags.ts';
import { Consumer } from '../constructs/consumer/consumer.ts';
import { declareSharedReader } from '../constructs/consumer/shared-reader.ts';
import { invalidProps } from '../constructs/invalid-props.ts';
import { RotationAlarms } from '../constructs/rotation-alarms/rotation-alarms.ts';
import { ManagedSecret } from '../constructs/managed-secret/managed-secret.ts';
import { FunctionRotation, type FunctionRotationProps } from '../constructs/function-rotation/function-rotation.ts';
import { applicationPrefix, keyAlias, type Sensitivity } from '../contract/index.ts';
import { acknowledge } from '../rules/acknowledge.ts';
import { rotatedMoreSlowly } from '../rules/pci-dss/credential-rules.ts';
import { databaseWithoutTls } from '../rules/strongroom-checks.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { adoptedSecret, alertTopicOf, keyOf, rolesOf } from './references.ts';
import type { RotationStack } from './rotation-stack.ts';
import { secretNamesOf } from './secret-names.ts';
import { sharedReadersOf } from './shared-readers.ts';

export interface ApplicationPart {
  /** 1: the stack with the roles, and with whatever the application has once. */
  readonly number: number;
  /** The secrets of this stack. */
  readonly secrets: readonly Secret[];
  /** The secrets of the application's other stacks. */
  readonly elsewhere: readonly Secret[];
}

export class ApplicationStack extends EnvironmentStack {
  /** By name. Outside the first stack only those that read one of its secrets. */
  readonly consumers: ReadonlyMap<string, Consumer>;

  constructor(
    scope: Construct,
    catalog: EnvironmentCatalog,
    application: Application,
    part: ApplicationPart,
    rotation?: RotationStack,
  ) {
    const name = part.number === 1 ? application.name : `${application.name}-${part.number}`;
    super(scope, application.tags ? { ...catalog, tags: application.tags } : catalog, name);
    const keys = this.#keys(catalog.name);
    const consumers = this.#createConsumers(catalog, application, part);
    this.consumers = consumers;
    const secrets = this.#createSecrets(catalog, application, part, keys);
    const alertTopic = alertTopicOf(this, catalog.name, application.contact);
    for (const { declared, secret } of secrets) {
      for (const reader of declared.readers) {
        const consumer = consumers.get(reader);
        if (!consumer) continue;
        if (declared.pendingReaders?.includes(reader)) secret.grantReadPending(consumer);
        else secret.grantRead(consumer);
      }
      for (const consumer of sharedReadersOf(catalog, declared)) declareSharedReader(secret, consumer);
      if (declared.rotation.kind === 'automatic') {
        const { schedule, strategy, graceHours, admin, provision } = declared.rotation;
        rotationOf(this, declared, declared.rotation.network, rotation).addSchedule(secret, {
          schedule,
          strategy,
          alertTopic,
          ...(graceHours !== undefined && { graceHours }),
          ...(admin && { admin }),
          ...(provision && { provision }),
        });
      } else if (declared.rotation.kind === 'custom') {
        const { schedule, everyHours } = declared.rotation;
        customRotationOf(this, declared.rotation, {
          alertTopic,
          runbooks: catalog.runbooks,
          ...(rotation?.watch && { watch: rotation.watch }),
        }).addSchedule(secret, { schedule, everyHours });
      }
    }
    this.#tellInjected(catalog, application, secrets);
    if (part.number > 1) return;
    this.#readElsewhere(catalog, application, part, keys);
    for (const { readers, secret } of application.uses ?? []) {
      for (const reader of readers) consumers.get(reader)?._grantReadShared(secret);
    }
    for (const database of application.iamDatabases ?? []) {
      for (const reader of database.readers) consumers.get(reader)?.grantLogin(database);
    }
    const kinds = new Set(application.secrets.map(({ rotation: { kind } }) => kind));
    if (kinds.has('automatic') || kinds.has('custom')) {
      new RotationAlarms(this, 'RotationAlarms', {
        environment: catalog.name,
        application: application.name,
        alertTopic,
        runbooks: catalog.runbooks,
        discards: kinds.has('automatic'),
      });
    }
  }

  #createConsumers(
    catalog: EnvironmentCatalog,
    application: Application,
    { number, secrets }: ApplicationPart,
  ): Map<string, Consumer> {
    const { name: environment, fences } = catalog;
    const readers = new Set(secrets.flatMap((secret) => secret.readers));
    const boundary = fences?.permissionsBoundary;
    const permissionsBoundary =
      boundary === undefined ? undefined : ManagedPolicy.fromManagedPolicyName(this, 'Boundary', boundary);
    return new Map(
      application.consumers
        .filter(({ name }) => number === 1 || readers.has(name))
        .map((consumer) => [
          consumer.name,
          new Consumer(this, `Consumer-${consumer.name}`, {
            environment,
            application: application.name,
            namePrefix: applicationPrefix(environment, application.name, catalog.nameTemplate),
            ...(number > 1 && {
              roleElsewhere: readingOf(catalog, application, consumer) === 'by tags' ? 'by tags' : 'by ARN',
            }),
            ...this.#reader(consumer),
            alsoRunsIn: replicaRegionsReadBy(application, consumer.name),
            ...(permissionsBoundary && { permissionsBoundary }),
            ...(fences && { byTag: fences.byTag }),
          }),
        ]),
    );
  }

  /** Task definitions name secrets by their ARNs, whose last characters are known after the deployment. */
  #tellInjected(
    catalog: EnvironmentCatalog,
    application: Application,
    secrets: readonly { declared: Secret; secret: ManagedSecret }[],
  ): void {
    for (const { declared, secret } of secrets) {
      const readers = [
        ...application.consumers.filter(({ name }) => declared.readers.includes(name)),
        ...sharedReadersOf(catalog, declared),
      ];
      if (!readers.some((one) => 'runsOn' in one && one.runsOn === 'ecs-execution')) continue;
      new CfnOutput(this, `Secret-${declared.name}-Arn`, {
        value: secret.valueFrom(),
        description: `For valueFrom of ${secret.secretName}: append :KEY:: for a key of the value`,
      });
    }
  }

  #reader(consumer: CatalogConsumer) {
    if (!('roleArn' in consumer)) return consumer;
    const { roleArn, ...others } = consumer;
    return { ...others, role: Role.fromRoleArn(this, `Role-${consumer.name}`, roleArn) };
  }

  /** The policy of a role that reads by tags is here, and covers the secrets of the other stacks. */
  #readElsewhere(
    catalog: EnvironmentCatalog,
    application: Application,
    { elsewhere }: ApplicationPart,
    keys: Keys,
  ): void {
    for (const consumer of application.consumers) {
      const read = elsewhere.filter(({ readers }) => readers.includes(consumer.name));
      if (read.length === 0 || readingOf(catalog, application, consumer) !== 'by tags') continue;
      const byTags = read.filter((secret) => isReadByTags(catalog, application, secret));
      const sensitivities = new Set(byTags.map(({ sensitivity }) => sensitivity));
      this.consumers.get(consumer.name)?._readElsewhere(
        [...sensitivities].map(keys),
        byTags.flatMap(({ sensitivity, replicas = [] }) =>
          replicas.map((region) => ({ region, keyAlias: keyAlias(catalog.name, sensitivity) })),
        ),
      );
    }
  }

  #keys(environment: string): Keys {
    const keys = new Map<Sensitivity, IKey>();
    return (sensitivity) => {
      const known = keys.get(sensitivity) ?? keyOf(this, environment, sensitivity);
      keys.set(sensitivity, known);
      return known;
    };
  }

  #createSecrets(catalog: EnvironmentCatalog, application: Application, { secrets }: ApplicationPart, key: Keys) {
    const operators = rolesOf(this, 'Operator', catalog.operators);
    const admins = adminsIn(application);
    const secretNames = secretNamesOf(catalog);
    return secrets.map((declared) => {
      const adminFor = admins.get(declared.name);
      const secret = new ManagedSecret(this, `Secret-${declared.name}`, {
        environment: catalog.name,
        application: application.name,
        name: declared.name,
        secretName: declared.fullName,
        secretNames,
        class: declared.class,
        sensitivity: declared.sensitivity,
        owner: application.owner,
        contact: application.contact.name,
        value: declared.value,
        encryptionKey: key(declared.sensitivity),
        operators,
        ...(catalog.fences && { fences: catalog.fences }),
        ...(declared.adopted && {
          adopted: adoptedSecret(this, `Adopted-${declared.name}`, declared.adopted),
        }),
        ...(declared.replicas && { replicas: declared.replicas }),
        ...(declared.description !== undefined && { description: declared.description }),
        ...(declared.generate && { generate: declared.generate }),
        ...(declared.database && { database: declared.database }),
        ...adminFor,
        ...(declared.rotation.kind === 'manual' && { rotatedManually: whyManual(declared) }),
      });
      if (declared.database?.tls === 'disable' && declared.exception) {
        acknowledge(secret, { [databaseWithoutTls]: inWords(declared.exception) });
      }
      if (declared.rotation.kind !== 'manual' && declared.rotation.everyHours > 90 * 24) {
        acknowledge(secret, { [rotatedMoreSlowly]: whySlowly(declared) });
      }
      return { declared, secret };
    });
  }
}

type Keys = (sensitivity: Sensitivity) => IKey;

const whyManual = ({ class: secretClass, exception }: Secret): string =>
  exception ? inWords(exception) : `Class ${secretClass} is not rotated on a schedule in this organisation.`;

/** A class whose interval the organisation sets needs no exception. */
const whySlowly = ({ class: secretClass, exception }: Secret): string =>
  exception
    ? inWords(exception)
    : `An account of a program, not of a person: the organisation's risk analysis sets the interval of class ${secretClass}.`;

const inWords = ({ reason, approvedBy, until }: RotationException): string =>
  `${reason} (approved by ${approvedBy}, until ${until})`;

/** One for each function that rotates secrets of the stack. */
const customRotationOf = (
  stack: ApplicationStack,
  { functionArn, roleArn }: CustomRotation,
  alarms: Pick<FunctionRotationProps, 'alertTopic' | 'runbooks' | 'watch'>,
): FunctionRotation => {
  const id = `Rotation-${functionArn.split(':').slice(6).join('-')}`;
  const known = stack.node.tryFindChild(id);
  return known instanceof FunctionRotation
    ? known
    : new FunctionRotation(stack, id, {
        function: Function.fromFunctionAttributes(stack, `${id}-Function`, { functionArn, sameEnvironment: true }),
        role: Role.fromRoleArn(stack, `${id}-Role`, roleArn),
        ...alarms,
      });
};

const rotationOf = (
  scope: Construct,
  { fullName, database }: Secret,
  network: string | undefined,
  stack: RotationStack | undefined,
) => {
  const rotation = database && stack?.rotationOf(database.engine, network);
  if (!rotation) {
    throw invalidProps(
      scope,
      `${fullName} can't rotate on a schedule: only secrets of class database do. Write rotation: manual`,
    );
  }
  return rotation;
};
