/**
 * Whether a consumer reads by tags. Counted here from the model alone: `lib/reader-policies` decides the same for the
 * policies that it writes, and the matrix compares the two.
 */
import { applicationPrefix, keyAlias, secretArnPattern } from '../contract/index.ts';
import type { Application, Consumer, EnvironmentCatalog, Secret } from '../model/catalog.ts';
import { partitionOf } from '../model/role-arn.ts';
import { secretsReadBy } from '../model/secrets-read-by.ts';

type Where = Pick<EnvironmentCatalog, 'name' | 'account' | 'region' | 'fences' | 'nameTemplate'>;
type Readable = Pick<Application, 'name' | 'secrets' | 'iamDatabases' | 'uses'>;

/** Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const policyCharacters = 6_144;

/**
 * A role that Strongroom creates reads by tags if the ARNs of all that it reads do not fit one policy, and the environment
 * allows it.
 */
export const readsByTags = (environment: Where, application: Readable, consumer: Consumer): boolean => {
  // Kept: each row of a catalog needs it.
  const known = ofEnvironment(environment).get(consumer) ?? new Map<Readable, boolean>();
  ofEnvironment(environment).set(consumer, known);
  const answer = known.get(application) ?? decide(environment, application, consumer);
  known.set(application, answer);
  return answer;
};

/** A secret with the tags by which it is read, and a name that the policies of its readers match. */
export const isTagged = (
  { name, nameTemplate }: Pick<EnvironmentCatalog, 'name' | 'nameTemplate'>,
  application: Pick<Application, 'name'>,
  { adopted, fullName }: Pick<Secret, 'adopted' | 'fullName'>,
): boolean => !adopted && fullName.startsWith(applicationPrefix(name, application.name, nameTemplate));

const decide = (environment: Where, application: Readable, consumer: Consumer): boolean => {
  if (!('roleName' in consumer) || environment.fences?.byTag === 'never') return false;
  const own = application.secrets.filter((secret) => isTagged(environment, application, secret));
  if (!own.some(({ readers }) => readers.includes(consumer.name))) return false;
  return charactersByArn(environment, application, consumer.name) > policyCharacters;
};

/** Characters of one policy that names all that the consumer reads by ARN. */
const charactersByArn = (environment: Where, application: Readable, consumer: string): number => {
  const { account, region } = environment;
  const partition = partitionOf(region);
  const arns: string[] = [];
  const arnsByKey = new Map<string, { key: Key; arns: string[] }>();
  const add = (arn: string, key: Key): void => {
    const entry = arnsByKey.get(`${key.region} ${key.name}`) ?? { key, arns: [] };
    entry.arns.push(arn);
    arnsByKey.set(`${key.region} ${key.name}`, entry);
    arns.push(arn);
  };
  for (const { fullName, adopted, sensitivity, replicas = [] } of secretsReadBy(application, consumer)) {
    if (adopted) {
      const name = adopted.keyArn ?? 'alias/aws/secretsmanager';
      add(adopted.arn, { name, region, isAlias: adopted.keyArn === undefined });
      continue;
    }
    for (const where of [region, ...replicas]) {
      const arn = secretArnPattern({ partition, account, region: where }, fullName);
      add(arn, { name: keyAlias(environment.name, sensitivity), region: where, isAlias: true });
    }
  }
  const logins = (application.iamDatabases ?? [])
    .filter(({ readers }) => readers.includes(consumer))
    .map(({ resourceId, username }) => `arn:${partition}:rds-db:${region}:${account}:dbuser:${resourceId}/${username}`);
  const statements = [
    ...(arns.length > 0 ? [allow(readActions, arns)] : []),
    ...[...arnsByKey.values()].map(({ key, arns: of }) => decryption(partition, account, key, of)),
    ...(logins.length > 0 ? [allow(['rds-db:connect'], logins)] : []),
  ];
  return `{"Version":"2012-10-17","Statement":[${statements.join(',')}]}`.length;
};

interface Key {
  /** An alias, or the ARN of a key. */
  readonly name: string;
  readonly region: string;
  readonly isAlias: boolean;
}

const readActions = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'];

const allow = (actions: readonly string[], resources: readonly string[], condition = ''): string =>
  `{"Effect":"Allow","Action":${list(actions)},"Resource":${list(resources)}${condition}}`;

/** A key is used through Secrets Manager, and for these secrets only. */
const decryption = (partition: string, account: string, key: Key, secrets: readonly string[]): string => {
  const resource = key.isAlias ? `arn:${partition}:kms:${key.region}:${account}:key/*` : key.name;
  const alias = key.isAlias ? `,"ForAnyValue:StringEquals":{"kms:ResourceAliases":${list([key.name])}}` : '';
  const service = `{"kms:ViaService":"secretsmanager.${key.region}.amazonaws.com"}`;
  const context = `{"kms:EncryptionContext:SecretARN":${list(secrets)}}`;
  return allow(['kms:Decrypt'], [resource], `,"Condition":{"StringEquals":${service},"StringLike":${context}${alias}}`);
};

const list = (texts: readonly string[]): string => `[${texts.map((text) => `"${text}"`).join(',')}]`;

const answers = new WeakMap<Where, Map<Consumer, Map<Readable, boolean>>>();

const ofEnvironment = (environment: Where): Map<Consumer, Map<Readable, boolean>> => {
  const known = answers.get(environment) ?? new Map<Consumer, Map<Readable, boolean>>();
  answers.set(environment, known);
  return known;
};
