/** The KMS key of an environment × sensitivity: it encrypts that environment's secrets and nothing else. */
import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AccountRootPrincipal,
  PolicyDocument,
  PolicyStatement,
  type IRole,
} from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keyAlias, type Sensitivity } from '../../contract/index.ts';
import { acknowledgeItself } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { secretNamed, type SecretNames, secretsOf } from '../arns.ts';
import { closeGrants, keyGrants } from '../close-grants.ts';
import { invalidProps } from '../invalid-props.ts';
import { throughSecretsManager } from '../key-usage.ts';
import { policySize } from '../policy-size.ts';
import { administrateKey } from './administrate-key.ts';
import { registerKey } from './key-readers.ts';

export interface EncryptionKeyProps {
  readonly environment: string;
  /**
   * Which secrets the key serves, by their names.
   * @default - those whose name starts with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /**
   * Which of the environment's keys this is.
   * @default 'standard'
   */
  readonly sensitivity?: Sensitivity;
  /**
   * Time after which KMS replaces the key material; 90 to 2560 days.
   * @default Duration.days(365)
   */
  readonly rotationPeriod?: Duration;
  /**
   * Readers of other accounts, who need the key's own permission.
   * @default - none
   */
  readonly crossAccountReaders?: readonly CrossAccountReader[];
  /**
   * Whether it encrypts replicas of secrets of another region: there Secrets Manager needs `kms:Encrypt`, too.
   * @default false
   */
  readonly forReplicas?: boolean;
}

/** A role of another account, and what it decrypts with the key. */
export interface CrossAccountReader {
  /** A role of a known account, such as `Role.fromRoleArn` gives it. */
  readonly role: IRole;
  /** Id in AWS Organizations of the organisation that the account must belong to. */
  readonly organizationId: string;
  /** Full names of the secrets. */
  readonly secrets: readonly string[];
}

/**
 * A customer-managed key that rotates itself, stays when its stack goes, and is usable only through Secrets Manager for
 * the secrets of its environment. The account administrates it, and can't decrypt with it directly, whatever its
 * identity policies say.
 *
 * @example
 * const key = new EncryptionKey(stack, 'Key', { environment: 'prod', sensitivity: 'high' });
 */
export class EncryptionKey extends Construct {
  readonly key: IKey;
  /** `alias/strongroom/<environment>/<sensitivity>`: what other stacks refer to. */
  readonly aliasName: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    markOwnStack(this);
    const {
      environment,
      sensitivity = 'standard',
      rotationPeriod = Duration.days(365),
      crossAccountReaders = [],
    } = props;
    const actions = ['kms:Decrypt', ...(props.forReplicas === true ? ['kms:Encrypt'] : []), 'kms:GenerateDataKey'];
    this.aliasName = keyAlias(environment, sensitivity);
    const policy = new PolicyDocument({
      statements: [
        administrateKey(),
        useThroughSecretsManager(this, props, actions),
        ...crossAccountReaders.map((reader) => readFromOtherAccount(this, reader)),
      ],
    });
    const key = new Key(this, 'Key', {
      description: `Secrets of ${environment}, sensitivity ${sensitivity}`,
      enableKeyRotation: true,
      rotationPeriod,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      policy,
    });
    acknowledgeItself(key, 'key');
    // Secrets and policies name the key by this alias, so it stays as long as they do.
    key.addAlias(this.aliasName).applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.key = closeGrants(
      key,
      keyGrants,
      'use grantRead of a ManagedSecret, and crossAccountReaders of the EncryptionKey for roles of other accounts',
    );
    registerKey(
      this,
      this.aliasName,
      crossAccountReaders.map(({ role, secrets }) => ({ roleArn: role.roleArn, secrets })),
    );
    this.node.addValidation({ validate: () => checkPolicySize(this, this.aliasName, policy) });
  }
}

/**
 * Secrets Manager acts with the caller's permissions, so the caller needs both actions here and in its own policy:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz
 */
const useThroughSecretsManager = (
  scope: Construct,
  { environment, secretNames }: EncryptionKeyProps,
  actions: string[],
): PolicyStatement => {
  const conditions = throughSecretsManager(scope, [
    ...secretsOf(scope, environment, secretNames),
    ...(secretNames?.others ?? []).map((name) => secretNamed(scope, name)),
    // Before a secret exists, the service checks access to its key under this name in place of an ARN.
    'RequestToValidateKeyAccess',
  ]);
  return new PolicyStatement({
    sid: 'UseForSecretsOfTheEnvironment',
    principals: [new AccountRootPrincipal()],
    actions,
    resources: ['*'],
    conditions: {
      ...conditions,
      StringEquals: { ...conditions.StringEquals, 'kms:CallerAccount': Stack.of(scope).account },
    },
  });
};

/** The account with the role in a condition, since KMS refuses the ARN of a role that does not exist yet. */
const readFromOtherAccount = (
  scope: Construct,
  { role, organizationId, secrets }: CrossAccountReader,
): PolicyStatement => {
  const account = role.principalAccount;
  if (account === undefined || Token.isUnresolved(account)) {
    throw invalidProps(
      scope,
      `The account of a cross-account reader must be known at synth (${role.node.path}): use Role.fromRoleArn with the whole ARN`,
    );
  }
  const { StringEquals, StringLike } = throughSecretsManager(
    scope,
    secrets.map((name) => secretNamed(scope, name)),
  );
  return new PolicyStatement({
    principals: [new AccountPrincipal(account)],
    actions: ['kms:Decrypt'],
    resources: ['*'],
    conditions: {
      ArnEquals: { 'aws:PrincipalArn': role.roleArn },
      StringEquals: { ...StringEquals, 'aws:PrincipalOrgID': organizationId },
      StringLike,
    },
  });
};

/** Bytes: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
const policySizeLimit = 32_768;

const checkPolicySize = (scope: Construct, aliasName: string, policy: PolicyDocument): string[] => {
  const size = policySize(scope, policy);
  if (size <= policySizeLimit) return [];
  return [
    `The policy of the key ${aliasName} has ${size} bytes, and KMS takes ${policySizeLimit}: let roles of other ` +
      'accounts read fewer secrets, or let fewer secrets have a name of their own',
  ];
};
