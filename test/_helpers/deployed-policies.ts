/** What an environment's templates become in the account: roles with their policies, secrets and keys with theirs. */
import { secretNameIn } from '../../lib/contract/index.ts';
import { resourcesOfType, type ExampleStack, type Resource } from './example-app.ts';

export interface DeployedRole {
  readonly arn: string;
  readonly policies: { name: string; policy: unknown }[];
  /** Its trust policy; absent for a role that the templates do not make. */
  readonly trust?: unknown;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface DeployedResource {
  readonly arn: string;
  readonly policy: unknown;
  readonly tags: Readonly<Record<string, string>>;
  /** Alias of the key that encrypts it. */
  readonly keyAlias?: string;
  /** ARN of the function that rotates it. */
  readonly rotatedBy?: string;
}

/** What belongs to one region. */
export interface DeployedRegion {
  /** By name. */
  readonly secrets: ReadonlyMap<string, DeployedResource>;
  /** By alias. */
  readonly keys: ReadonlyMap<string, DeployedResource>;
}

export interface Deployed extends DeployedRegion {
  readonly account: string;
  readonly region: string;
  readonly roles: ReadonlyMap<string, DeployedRole>;
  /** Other regions, by name: replicas of secrets, and keys. */
  readonly replicas: ReadonlyMap<string, DeployedRegion>;
  /** Documents of the policies that have a name of their own, for others to attach. */
  readonly policies: ReadonlyMap<string, unknown>;
}

/** @param region - of the stacks that name no other. */
export const deployed = (stacks: readonly ExampleStack[], account: string, region: string): Deployed => {
  const isElsewhere = (stack: ExampleStack): boolean =>
    /^[a-z]+(-[a-z]+)+-\d$/.test(stack.region) && stack.region !== region;
  const home = inOneRegion(
    stacks.filter((stack) => !isElsewhere(stack)),
    account,
    region,
  );
  const replicas = new Map<string, DeployedRegion>();
  for (const other of new Set(stacks.filter(isElsewhere).map((stack) => stack.region))) {
    const { keys } = inOneRegion(
      stacks.filter((stack) => stack.region === other),
      account,
      other,
    );
    replicas.set(other, { keys, secrets: home.replicasIn(other) });
  }
  return { ...home, replicas };
};

/** Resolves the templates as CloudFormation would, with made-up random parts. */
const inOneRegion = (stacks: readonly ExampleStack[], account: string, region: string) => {
  const roles = new Map<string, DeployedRole>();
  const secrets = new Map<string, DeployedResource>();
  const keys = new Map<string, DeployedResource>();
  const policies = new Map<string, unknown>();
  const replicas = new Map<string, Map<string, DeployedResource>>();
  for (const stack of stacks) {
    const resolve = resolver(stack, account, region);
    const all = (type: string) =>
      resourcesOfType(stack, type).map(({ logicalId, properties }) => ({
        logicalId,
        properties: resolve(properties) as Record<string, unknown>,
      }));
    for (const { properties } of all('AWS::IAM::Role')) {
      const name = String(properties['RoleName']);
      roles.set(name, {
        arn: `arn:aws:iam::${account}:role/${name}`,
        policies: roles.get(name)?.policies ?? [],
        trust: properties['AssumeRolePolicyDocument'],
        tags: tagsOf(properties),
      });
    }
    for (const { logicalId, properties } of all('AWS::IAM::ManagedPolicy')) {
      const policyName = properties['ManagedPolicyName'];
      if (typeof policyName === 'string') policies.set(policyName, properties['PolicyDocument']);
      for (const name of (properties['Roles'] ?? []) as string[]) {
        const role = roles.get(name) ?? { arn: `arn:aws:iam::${account}:role/${name}`, policies: [] };
        role.policies.push({ name: logicalId, policy: properties['PolicyDocument'] });
        roles.set(name, role);
      }
    }
    const keyOf = new Map(all('AWS::KMS::Key').map(({ logicalId, properties }) => [logicalId, properties]));
    for (const { properties } of all('AWS::KMS::Alias')) {
      const arn = String(properties['TargetKeyId']);
      const key = [...keyOf].find(([logicalId]) => arn.endsWith(logicalId));
      keys.set(String(properties['AliasName']), { arn, policy: key?.[1]['KeyPolicy'], tags: {} });
    }
    const fences = all('AWS::SecretsManager::ResourcePolicy');
    const schedules = all('AWS::SecretsManager::RotationSchedule');
    for (const { logicalId, properties } of all('AWS::SecretsManager::Secret')) {
      const arn = secretArn(String(properties['Name']), account, region);
      const of = ({ properties: { SecretId } }: { properties: Record<string, unknown> }) => SecretId === arn;
      const rotatedBy = schedules.find(of)?.properties['RotationLambdaARN'];
      const name = String(properties['Name']);
      const secret: DeployedResource = {
        arn,
        policy: fences.find(of)?.properties['ResourcePolicy'],
        // CloudFormation adds its own.
        tags: { ...tagsOf(properties), 'aws:cloudformation:stack-name': stack.stackName },
        keyAlias: String(properties['KmsKeyId']),
        ...(typeof rotatedBy === 'string' && { rotatedBy }),
      };
      secrets.set(name, secret);
      if (fences.find(of) === undefined) throw new Error(`${logicalId} has no resource policy`);
      for (const { Region, KmsKeyId } of (properties['ReplicaRegions'] ?? []) as {
        Region: string;
        KmsKeyId: string;
      }[]) {
        const there = replicas.get(Region) ?? new Map<string, DeployedResource>();
        there.set(name, replicaOf(secret, Region, KmsKeyId));
        replicas.set(Region, there);
      }
    }
    // Adopted secrets: the template has their policy alone.
    for (const { properties } of fences) {
      const arn = String(properties['SecretId']);
      if ([...secrets.values()].some((secret) => secret.arn === arn)) continue;
      const rotatedBy = schedules.find((schedule) => schedule.properties['SecretId'] === arn)?.properties;
      secrets.set(secretNameIn(arn), {
        arn,
        policy: properties['ResourcePolicy'],
        tags: {},
        ...(rotatedBy && { rotatedBy: String(rotatedBy['RotationLambdaARN']) }),
      });
    }
  }
  const replicasIn = (other: string) => replicas.get(other) ?? new Map<string, DeployedResource>();
  return { account, region, roles, secrets, keys, policies, replicasIn };
};

/** Value, tags and policy are copied: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html */
const replicaOf = (secret: DeployedResource, region: string, keyAlias: string): DeployedResource => ({
  ...secret,
  arn: secret.arn.replace(/^(arn:[^:]+:secretsmanager):[^:]+/, `$1:${region}`),
  keyAlias,
});

const tagsOf = ({ Tags = [] }: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries((Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));

const secretArn = (name: string, account: string, region: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;

/** Resolves `Ref` and `Fn::GetAtt` of the resources whose ARNs stand in policies; others become their logical id. */
const resolver = (stack: ExampleStack, account: string, region: string) => {
  const known = (type: string): Map<string, Resource> =>
    new Map(resourcesOfType(stack, type).map((resource) => [resource.logicalId, resource]));
  const roles = known('AWS::IAM::Role');
  const secrets = known('AWS::SecretsManager::Secret');
  const keys = known('AWS::KMS::Key');
  const reference = (logicalId: string, attribute?: string): string => {
    const role = roles.get(logicalId)?.properties['RoleName'];
    if (typeof role === 'string') return attribute === 'Arn' ? `arn:aws:iam::${account}:role/${role}` : role;
    const secret = secrets.get(logicalId)?.properties['Name'];
    if (typeof secret === 'string') return secretArn(secret, account, region);
    if (keys.has(logicalId)) return `arn:aws:kms:${region}:${account}:key/${stack.stackName}-${logicalId}`;
    return `arn:aws:other:${region}:${account}:${logicalId}`;
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    if ('Ref' in value) return reference(String(value.Ref));
    if ('Fn::GetAtt' in value) {
      const [logicalId, attribute] = value['Fn::GetAtt'] as [string, string];
      return reference(logicalId, attribute);
    }
    if ('Fn::Join' in value) {
      const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
      return parts.map((part) => String(resolve(part))).join(separator);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  return resolve;
};
