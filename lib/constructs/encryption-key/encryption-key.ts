/** The KMS key of an environment × sensitivity: it encrypts that environment's secrets and nothing else. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keyAlias, type Sensitivity } from '../../contract/index.ts';
import { secretsOf } from '../arns.ts';
import { throughSecretsManager } from '../key-usage.ts';
import { administrateKey } from './administrate-key.ts';

export interface EncryptionKeyProps {
  /** Name of the environment: the key serves secrets whose name starts with `<environment>/`. */
  readonly environment: string;
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
    const { environment, sensitivity = 'standard', rotationPeriod = Duration.days(365) } = props;
    this.aliasName = keyAlias(environment, sensitivity);
    const key = new Key(this, 'Key', {
      description: `Secrets of ${environment}, sensitivity ${sensitivity}`,
      enableKeyRotation: true,
      rotationPeriod,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      policy: new PolicyDocument({
        statements: [administrateKey(), useThroughSecretsManager(this, environment)],
      }),
    });
    // Secrets and policies name the key by this alias, so it stays as long as they do.
    key.addAlias(this.aliasName).applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.key = key;
  }
}

/**
 * Secrets Manager acts with the caller's permissions, so the caller needs both actions here and in its own policy:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz
 */
const useThroughSecretsManager = (scope: Construct, environment: string): PolicyStatement => {
  // Before a secret exists, the service checks access to its key under this name in place of an ARN.
  const conditions = throughSecretsManager(scope, [secretsOf(scope, environment), 'RequestToValidateKeyAccess']);
  return new PolicyStatement({
    sid: 'UseForSecretsOfTheEnvironment',
    principals: [new AccountRootPrincipal()],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
    conditions: {
      ...conditions,
      StringEquals: { ...conditions.StringEquals, 'kms:CallerAccount': Stack.of(scope).account },
    },
  });
};
