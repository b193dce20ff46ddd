/** How a consumer's policies name what it reads: each secret by its ARN, or all of them by their tags. */
import type { AdoptedSecret, Application, Consumer, EnvironmentCatalog, Secret } from '../model/catalog.ts';
import { partitionOf } from '../model/role-arn.ts';
import { secretsReadBy } from '../model/secrets-read-by.ts';
import { applicationPrefix, keyAlias, secretArnPattern, type SecretLocation } from '../contract/index.ts';
import {
  type IamLogin,
  loginStatements,
  policySize,
  type ReadableSecret,
  readStatements,
  type SecretKey,
} from './reader-policy.ts';

/** `too much`: more ARNs than the policies hold, and no way to read by tags. */
export type Reading = 'by ARN' | 'by tags' | 'too much';

/** How much of a reader's policies there may be: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export interface PolicyLimits {
  /** Characters of each. */
  readonly size: number;
  readonly policies: number;
}

/** Managed policies of a role. */
export const roleLimits: PolicyLimits = { size: 6_144, policies: 10 };

/** The one inline policy of a permission set: 10,240 characters, of which the second factor takes some. */
export const permissionSetLimits: PolicyLimits = { size: 9_600, policies: 1 };

/** Part of what a reader reads, which fits into one policy. */
export interface PolicyPage {
  readonly secrets: readonly ReadableSecret[];
  readonly logins: readonly IamLogin[];
}

/**
 * A role that Strongroom makes reads by tags as soon as the ARNs pass one policy. Nobody else's role has the tags, and
 * `byTag: never` wants none: ten policies are theirs. Secrets with names of their own and those of other applications are
 * named by ARN.
 */
export const readingOf = (
  environment: Pick<EnvironmentCatalog, 'name' | 'account' | 'region' | 'fences' | 'nameTemplate'>,
  application: Pick<Application, 'name' | 'secrets' | 'iamDatabases' | 'uses'>,
  consumer: Consumer,
): Reading => {
  // Asked for each secret that the consumer may read, and the answer takes a walk over all of them.
  const byApplication = below(readings, environment, () => new WeakMap<object, WeakMap<object, Reading>>());
  const byConsumer = below(byApplication, application, () => new WeakMap<object, Reading>());
  return below(byConsumer, consumer, () => computeReading(environment, application, consumer));
};

const readings = new WeakMap<object, WeakMap<object, WeakMap<object, Reading>>>();

const below = <Value>(known: WeakMap<object, Value>, key: object, make: () => Value): Value => {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
};

const computeReading: typeof readingOf = (environment, application, consumer) => {
  const byTags =
    'roleName' in consumer &&
    environment.fences?.byTag !== 'never' &&
    application.secrets.some(
      (secret) => secret.readers.includes(consumer.name) && isReadByTags(environment, application, secret),
    );
  return howToRead(pagesFor(environment, application, consumer).length, { byTags, ...limitsOf(consumer) });
};

/** Whether its name begins as those of the application do, and a deployment sets its tags. */
export const isReadByTags = (
  { name, nameTemplate }: Pick<EnvironmentCatalog, 'name' | 'nameTemplate'>,
  application: Pick<Application, 'name'>,
  { adopted, fullName }: Pick<Secret, 'adopted' | 'fullName'>,
): boolean => adopted === undefined && fullName.startsWith(applicationPrefix(name, application.name, nameTemplate));

/** @param pages - how many policies the ARNs fill. */
export const howToRead = (
  pages: number,
  { byTags, policies }: { readonly byTags: boolean } & Pick<PolicyLimits, 'policies'>,
): Reading => {
  if (pages <= 1) return 'by ARN';
  if (byTags) return 'by tags';
  return pages <= policies ? 'by ARN' : 'too much';
};

export const limitsOf = (consumer: Consumer): PolicyLimits =>
  'permissionSet' in consumer ? permissionSetLimits : roleLimits;

/** What a consumer of the catalog reads, page by page. */
export const pagesFor = (
  environment: Pick<EnvironmentCatalog, 'name' | 'account' | 'region'>,
  application: Pick<Application, 'secrets' | 'iamDatabases' | 'uses'>,
  consumer: Consumer,
): PolicyPage[] => {
  const { name } = consumer;
  const location = locationOf(environment);
  return pagesOf(
    location,
    secretsReadBy(application, name).flatMap((secret) => readableOf(location, environment.name, secret)),
    (application.iamDatabases ?? []).filter(({ readers }) => readers.includes(name)),
    limitsOf(consumer),
  );
};

/** What a declaration says about a secret without its construct. */
export type NamedSecret = Pick<Secret, 'fullName' | 'adopted' | 'sensitivity' | 'replicas'>;

/** The secret and its replicas, as a policy names them. */
export const readableOf = (
  location: SecretLocation,
  environment: string,
  { fullName, adopted, sensitivity, replicas = [] }: NamedSecret,
): ReadableSecret[] => {
  if (adopted !== undefined) return [{ arn: adopted.arn, key: keyOfAdopted(adopted) }];
  const alias = keyAlias(environment, sensitivity);
  return [
    { arn: secretArnPattern(location, fullName), key: { alias } },
    ...replicas.map((region) => replicaOf(location, fullName, { alias, region })),
  ];
};

/** A replica has the ARN of its secret but for the region: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html */
export const replicaOf = (
  location: SecretLocation,
  fullName: string,
  key: { readonly alias: string; readonly region: string },
): ReadableSecret => ({ arn: secretArnPattern({ ...location, region: key.region }, fullName), key });

const keyOfAdopted = ({ keyArn }: AdoptedSecret): SecretKey =>
  keyArn === undefined ? { alias: 'alias/aws/secretsmanager' } : { arn: keyArn };

/** One after the other into as few policies as they fill. */
export const pagesOf = (
  location: SecretLocation,
  secrets: readonly ReadableSecret[],
  logins: readonly IamLogin[],
  limits: Pick<PolicyLimits, 'size'>,
): PolicyPage[] => {
  const pages: PolicyPage[] = [];
  for (const secret of secrets) addToPages(location, pages, { secrets: [secret], logins: [] }, limits);
  for (const login of logins) addToPages(location, pages, { secrets: [], logins: [login] }, limits);
  return pages;
};

/** Puts `more` on the last page, or on another one where that is full. */
export const addToPages = (
  location: SecretLocation,
  pages: PolicyPage[],
  more: PolicyPage,
  { size }: Pick<PolicyLimits, 'size'>,
): void => {
  const last = pages.at(-1);
  const grown = last && { secrets: [...last.secrets, ...more.secrets], logins: [...last.logins, ...more.logins] };
  if (grown && policySize(statementsOf(location, grown)) <= size) pages[pages.length - 1] = grown;
  else pages.push(more);
};

export const statementsOf = (location: SecretLocation, { secrets, logins }: PolicyPage) => [
  ...readStatements(location, secrets),
  ...loginStatements(location, logins),
];

export const locationOf = ({
  account,
  region,
}: {
  readonly account: string;
  readonly region: string;
}): SecretLocation => ({
  partition: partitionOf(region),
  account,
  region,
});
