/** What a catalog's templates become in its accounts, compiled for the evaluator. */
import { handovers } from '../../../../lib/reader-policies/handover.ts';
import type { AccountAction, DeclaredSecret, Principal } from '../../../../lib/access/index.ts';
import type { Catalog } from '../../../../lib/model/catalog.ts';
import { keyAlias, operatorPolicyName, secretName } from '../../../../lib/contract/index.ts';
import {
  deployed,
  type Deployed,
  type DeployedRegion,
  type DeployedResource,
} from '../../../_helpers/deployed-policies.ts';
import type { ExampleStack } from '../../../_helpers/example-app.ts';
import { actionName, compile, type CompiledPolicy } from './evaluator.ts';

export interface World {
  readonly policiesOf: (principal: Principal) => readonly Document[];
  readonly compiledOf: (principal: Principal) => readonly CompiledPolicy[];
  readonly tagsOf: (principal: Principal) => Readonly<Record<string, string>>;
  readonly secret: (secret: DeclaredSecret) => DeployedSecret;
  readonly key: (secret: DeclaredSecret) => DeployedKey;
  /** What an action has for a resource that none of the secrets and keys is. */
  readonly resourcesOf: (account: string, action: AccountAction) => readonly string[];
  readonly trustOf: (roleArn: string) => unknown;
}

/** A policy, and the same compiled. */
export interface Document {
  readonly name: string;
  readonly policy: unknown;
  readonly compiled: CompiledPolicy;
}

export type DeployedSecret = DeployedResource & { readonly document: Document };
export type DeployedKey = DeployedResource & { readonly document: Document; readonly alias: string };

/** @param stacks - of all environments, as they are synthesised. */
export const worldOf = (catalog: Catalog, stacks: ReadonlyMap<string, ExampleStack>): World => {
  const environments = new Map<string, Deployed>(
    catalog.environments.map(({ name, account, region }) => [
      name,
      deployed(
        [...stacks.values()].filter(({ stackName }) => environmentOf(catalog, stackName) === name),
        account,
        region,
      ),
    ]),
  );
  const documents = new Map<unknown, Document>();
  const document = (name: string, policy: unknown): Document => {
    const known = documents.get(policy) ?? { name, policy, compiled: compile(policy) };
    documents.set(policy, known);
    return known;
  };
  const resource = (environment: string, find: (one: Deployed) => DeployedResource | undefined, what: string) => {
    const found = find(mapped(environments, environment));
    if (!found) throw new Error(`The templates of ${environment} have no ${what}`);
    return { ...found, document: document(what, found.policy) };
  };
  const everything = document('everything', allowEverything);
  // A role's name is its own in its account, whatever path stands before it.
  const roleOf = (arn: string) =>
    [...environments.values()].flatMap(({ roles }) =>
      [...roles.values()].filter((role) => role.arn === arn.replace(/:role\/.*\//, ':role/')),
    );
  const attached = (principal: Principal): Document[] => [
    ...roleOf(principal.arn).flatMap(({ policies }) => policies.map(({ name, policy }) => document(name, policy))),
    ...principal.positions.flatMap((position) => {
      const { environment } = position;
      if (position.as === 'operator') {
        const name = operatorPolicyName(environment.name);
        return [document(name, mapped(environments, environment.name).policies.get(name))];
      }
      return position.as === 'consumer'
        ? handedOver(catalog, position).map((policy) => document('handed over', policy))
        : [];
    }),
    ...(principal.own === 'everything' ? [everything] : []),
  ];
  const policiesOf = cached(attached);
  return {
    policiesOf,
    compiledOf: cached((principal: Principal) => policiesOf(principal).map(({ compiled }) => compiled)),
    tagsOf: cached(
      ({ arn }: Principal) => Object.assign({}, ...roleOf(arn).map(({ tags }) => tags ?? {})) as Record<string, string>,
    ),
    secret: cached(({ environment, region, fullName }: DeclaredSecret) =>
      resource(environment.name, (one) => regionOf(one, region).secrets.get(fullName), `${fullName} in ${region}`),
    ),
    key: cached((secret: DeclaredSecret) => {
      const { environment, region, sensitivity } = secret;
      const foreign = keyOfAdopted(secret);
      if (foreign) return { ...foreign, document: document(foreign.alias, foreign.policy) };
      const alias = keyAlias(environment.name, sensitivity);
      return {
        ...resource(environment.name, (one) => regionOf(one, region).keys.get(alias), `${alias} in ${region}`),
        alias,
      };
    }),
    resourcesOf: (account, action) =>
      action === 'secretsmanager:CreateSecret' ? ['*', ...newSecretsOf(catalog, account)] : ['*'],
    trustOf: (arn) => roleOf(arn).find(({ trust }) => trust !== undefined)?.trust,
  };
};

const regionOf = (environment: Deployed, region: string): DeployedRegion =>
  region === environment.region ? environment : mapped(environment.replicas, region);

/** What others deploy for a consumer whose role Strongroom neither makes nor reaches, as the command prints it. */
const handedOver = (catalog: Catalog, { consumer }: Principal['positions'][number] & { as: 'consumer' }): unknown[] =>
  handovers(catalog)
    .filter(({ to }) =>
      'permissionSet' in to
        ? 'permissionSet' in consumer && consumer.permissionSet === to.permissionSet
        : 'account' in consumer && consumer.roleArn === to.roleArn,
    )
    .flatMap(({ policies }) => policies);

/** Secrets that are in no catalog, with names as the environments and applications of the account give them. */
const newSecretsOf = ({ environments }: Catalog, account: string): string[] =>
  environments
    .filter((environment) => environment.account === account)
    .flatMap(({ name, region, nameTemplate, applications }) =>
      applications.map(
        (application) =>
          `arn:aws:secretsmanager:${region}:${account}:secret:${secretName(name, application.name, 'new', nameTemplate)}-AbCdEf`,
      ),
    );

/** `strongroom-prod-eu-payments` is of `prod-eu` where there is such an environment beside `prod`. */
const environmentOf = ({ environments }: Catalog, stackName: string): string | undefined =>
  environments
    .map(({ name }) => name)
    .filter((name) => stackName.startsWith(`strongroom-${name}-`))
    .sort((a, b) => b.length - a.length)[0];

/** Makes a value for each key once. */
export const cached = <Key extends object, Value>(make: (key: Key) => Value): ((key: Key) => Value) => {
  const known = new WeakMap<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
};

const mapped = <Value>(map: ReadonlyMap<string, Value>, key: string): Value => {
  const value = map.get(key);
  if (value === undefined) throw new Error(`There is no ${key}`);
  return value;
};

/** The key of an adopted secret is in no template: it has the policy that KMS gives to a new key, or AWS to its own. */
const keyOfAdopted = ({ environment, source }: DeclaredSecret): (DeployedResource & { alias: string }) | undefined => {
  if (!source?.adopted) return undefined;
  const { account, region } = environment;
  const { keyArn } = source.adopted;
  return keyArn === undefined
    ? {
        arn: `arn:aws:kms:${region}:${account}:key/aws-secretsmanager`,
        alias: 'alias/aws/secretsmanager',
        policy: managedByAws(account, region),
        tags: {},
      }
    : { arn: keyArn, alias: 'alias/own', policy: defaultKeyPolicy(account), tags: {} };
};

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
const defaultKeyPolicy = (account: string): unknown => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
});

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-policies */
const managedByAws = (account: string, region: string): unknown => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: [
        'kms:CreateGrant',
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey*',
        'kms:ReEncrypt*',
      ],
      Resource: '*',
      Condition: {
        StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
      },
    },
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
      Resource: '*',
    },
  ],
});

const allowEverything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['secretsmanager:*', 'kms:*'].map(actionName), Resource: '*' }],
};
