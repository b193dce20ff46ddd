/** What others deploy so that a reader reads: the policies of permission sets, and of roles of other accounts. */
import type { Application, Catalog, Consumer, EnvironmentCatalog, Secret } from '../model/catalog.ts';
import { replicaRegionsOf } from '../model/replica-regions.ts';
import { secretsReadBy } from '../model/secrets-read-by.ts';
import { environmentPrefixes, secretArnPattern, secretsNamed } from '../contract/index.ts';
import { policyOf, policySize, type Statement } from './reader-policy.ts';
import { locationOf, pagesFor, roleLimits, statementsOf } from './reading.ts';

/** One permission set, or one role, with all that it reads anywhere. */
export interface Handover {
  readonly to: { readonly permissionSet: string } | { readonly account: string; readonly roleArn: string };
  readonly readers: readonly HandedReader[];
  /** Documents, each within the limits of IAM. */
  readonly policies: readonly ReturnType<typeof policyOf>[];
}

export interface HandedReader {
  readonly environment: string;
  readonly application: string;
  readonly consumer: string;
  /** Names in Secrets Manager. */
  readonly secrets: readonly string[];
  readonly databases: readonly string[];
  /** `vpce-…`, through one of which it must read. */
  readonly vpcEndpoints: readonly string[];
  /** `vpc-…`, from one of which it must read. */
  readonly vpcs: readonly string[];
}

/** The key of the session tag by which an identity provider says that it has checked a second factor. */
export const secondFactorTag = 'strongroom:mfa';

/** In the order of the catalog. */
export const handovers = ({ environments }: Pick<Catalog, 'environments'>): Handover[] => {
  const byIdentity = new Map<string, ReadingConsumer[]>();
  for (const environment of environments) {
    for (const application of environment.applications) {
      for (const consumer of application.consumers) {
        const identity = identityOf(consumer);
        if (identity === undefined) continue;
        const uses = byIdentity.get(JSON.stringify(identity)) ?? [];
        uses.push({ environment, application, consumer, to: identity });
        byIdentity.set(JSON.stringify(identity), uses);
      }
    }
  }
  return [...byIdentity.values()].flatMap((uses) => {
    const [first] = uses;
    return first ? [{ to: first.to, readers: uses.map(readerOf), policies: policiesOf(uses) }] : [];
  });
};

/** @returns why a handover can't be deployed; `undefined` if it can. */
export const tooMuch = ({ to, policies }: Handover): string | undefined => {
  const policy = policies[0];
  if ('permissionSet' in to) {
    const size = policy ? policySize(policy.Statement) : 0;
    return size <= inlineLimit
      ? undefined
      : `permission set ${to.permissionSet} reads more than its inline policy holds: ${size.toLocaleString('en')} of ` +
          `${inlineLimit.toLocaleString('en')} characters; let fewer secrets name it as their reader, or use two permission sets`;
  }
  const limit = roleLimits.policies;
  return policies.length <= limit
    ? undefined
    : `${to.roleArn} needs ${policies.length} policies, and a role has ${limit}; let fewer secrets name it as their reader, or use two roles`;
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters of a role's inline policies. */
const inlineLimit = 10_240;

interface ReadingConsumer {
  readonly environment: EnvironmentCatalog;
  readonly application: Application;
  readonly consumer: Consumer;
  readonly to: Handover['to'];
}

const identityOf = (consumer: Consumer): Handover['to'] | undefined => {
  if ('permissionSet' in consumer) return { permissionSet: consumer.permissionSet };
  return 'account' in consumer ? { account: consumer.account, roleArn: consumer.roleArn } : undefined;
};

const readerOf = ({ environment, application, consumer }: ReadingConsumer): HandedReader => {
  const reads = ({ readers }: { readonly readers: readonly string[] }): boolean => readers.includes(consumer.name);
  const fenced = 'permissionSet' in consumer || consumer.network === 'any' ? undefined : environment.fences;
  return {
    environment: environment.name,
    application: application.name,
    consumer: consumer.name,
    secrets: secretsReadBy(application, consumer.name).map(({ fullName }) => fullName),
    databases: (application.iamDatabases ?? []).filter(reads).map(({ name }) => name),
    vpcEndpoints: fenced?.vpcEndpoints ?? [],
    vpcs: fenced?.vpcs ?? [],
  };
};

const policiesOf = (uses: readonly ReadingConsumer[]): ReturnType<typeof policyOf>[] => {
  const documents = uses.flatMap(({ environment, application, consumer }) =>
    pagesFor(environment, application, consumer).map((page) => statementsOf(locationOf(environment), page)),
  );
  if (documents.length === 0) return [];
  const people = uses.some(({ to }) => 'permissionSet' in to);
  return people ? [policyOf([...documents.flat(), withSecondFactor(uses)])] : documents.map(policyOf);
};

/** Denies, since what else the permission set allows would do without. A tag that is missing counts as another value. */
const withSecondFactor = (uses: readonly ReadingConsumer[]): Statement => {
  const environments = [...new Set(uses.map(({ environment }) => environment))];
  const adopted = uses.flatMap(({ application, consumer }) =>
    secretsReadBy(application, consumer.name).flatMap(({ adopted: one }) => one?.arn ?? []),
  );
  const apart = uses.flatMap(({ environment, application, consumer }) =>
    secretsReadBy(application, consumer.name).flatMap((secret) => arnsApart(environment, secret)),
  );
  return {
    Sid: 'ReadWithSecondFactor',
    Effect: 'Deny',
    Action: ['secretsmanager:GetSecretValue'],
    Resource: [...environments.flatMap(secretsOfEnvironment), ...adopted, ...apart],
    Condition: {
      BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' },
      StringNotEquals: { [`aws:PrincipalTag/${secondFactorTag}`]: 'true' },
    },
  };
};

/** In its own region, and where it has replicas. */
const secretsOfEnvironment = (environment: EnvironmentCatalog): string[] => {
  const { partition, account, region } = locationOf(environment);
  return [region, ...replicaRegionsOf(environment)].flatMap((one) =>
    prefixesOf(environment).map((prefix) => secretsNamed({ partition, account, region: one }, prefix)),
  );
};

/** Of a secret that begins as no name of the environment does, and of its replicas. */
const arnsApart = (environment: EnvironmentCatalog, { adopted, fullName, replicas = [] }: Secret): string[] => {
  if (adopted || prefixesOf(environment).some((prefix) => fullName.startsWith(prefix))) return [];
  const location = locationOf(environment);
  return [location.region, ...replicas].map((region) => secretArnPattern({ ...location, region }, fullName));
};

const prefixesOf = ({ name, nameTemplate, applications }: EnvironmentCatalog): string[] =>
  environmentPrefixes(
    name,
    applications.map((one) => one.name),
    nameTemplate,
  );
