/** A secret that another app creates. */
import { Resource, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { completeSecretArnOfAny, parseSecretArn, secretNameIn } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import { rotationStepFailed } from '../metrics.ts';
import { readerOf } from './declared-reader.ts';
import { closedReference, valueFrom } from './reference.ts';
import type { IManagedSecret } from './secret-interface.ts';

export interface ManagedSecretAttributes {
  /** The complete ARN, with the six random characters at its end. */
  readonly secretArn: string;
  /** The key of the secret; an alias will do. */
  readonly encryptionKey: IKey;
  /**
   * Roles that the policy of the secret names as readers. `grantRead` takes these alone: another role would be denied at
   * run time, since the policy of the secret belongs to the other app.
   * @default - none
   */
  readonly readers?: readonly IRole[];
  /**
   * Roles that the policy of the secret names as readers of the pending value, too: for `grantReadPending`.
   * @default - none
   */
  readonly pendingReaders?: readonly IRole[];
}

const knownKeys: Record<keyof ManagedSecretAttributes, true> = {
  secretArn: true,
  encryptionKey: true,
  readers: true,
  pendingReaders: true,
};

export class ImportedSecret extends Resource implements IManagedSecret {
  readonly secretArn: string;
  readonly secretName: string;
  readonly encryptionKey: IKey;
  readonly secret: ISecret;
  readonly #attrs: ManagedSecretAttributes;

  constructor(scope: Construct, id: string, attrs: ManagedSecretAttributes) {
    super(scope, id);
    checkAttributes(this, attrs);
    this.#attrs = attrs;
    this.secretArn = attrs.secretArn;
    this.secretName = secretNameIn(attrs.secretArn);
    this.encryptionKey = attrs.encryptionKey;
    this.secret = closedReference(this);
  }

  grantRead(grantee: IGrantable): Grant {
    return readerOf(this, grantee).grantImported(grantee, this, false);
  }

  grantReadPending(grantee: IGrantable): Grant {
    return readerOf(this, grantee).grantImported(grantee, this, true);
  }

  grantRotate(_grantee: IGrantable): never {
    throw invalidProps(
      this,
      `grantRotate of ${this.secretName} would be denied at run time: its policy is in another app. Grant it in the app that creates the secret`,
    );
  }

  metricRotationFailed(options?: MetricOptions): Metric {
    return rotationStepFailed({ secret: this.secretName }, options);
  }

  valueFrom(key?: string): string {
    return valueFrom(this, key);
  }

  /**
   * @throws ValidationError for a reader that the policy of the secret does not name
   * @internal
   */
  _checkReader(arn: string, title: string, pending: boolean): void {
    const list = pending ? 'pendingReaders' : 'readers';
    if (this.#attrs[list]?.some(({ roleArn }) => roleArn === arn) === true) return;
    throw invalidProps(
      this,
      `${title} can't be granted ${this.secretName}: the policy of the secret is in another app, and ${list} does not ` +
        `name ${Token.isUnresolved(arn) ? 'the role' : arn}. Grant the role in that app, then name it in ${list} here`,
    );
  }
}

const checkAttributes = (scope: Construct, attrs: ManagedSecretAttributes): void => {
  const unknown = Object.keys(attrs).find((key) => !(key in knownKeys));
  if (unknown !== undefined) {
    throw invalidProps(scope, `"${unknown}" is not an attribute: write ${Object.keys(knownKeys).join(', ')}`);
  }
  const { secretArn } = attrs;
  if (Token.isUnresolved(secretArn)) {
    throw invalidProps(scope, 'secretArn must be known at synth, since policies name the secret: write the ARN itself');
  }
  const parsed = completeSecretArnOfAny.test(secretArn) ? parseSecretArn(secretArn) : undefined;
  if (!parsed) {
    throw invalidProps(
      scope,
      `secretArn can't be "${secretArn}": write the complete ARN of the secret with its six random characters`,
    );
  }
  const { account, region } = Stack.of(scope);
  const differs = (own: string, its: string): boolean => !Token.isUnresolved(own) && own !== its;
  if (differs(account, parsed.account) || differs(region, parsed.region)) {
    throw invalidProps(
      scope,
      `secretArn is of ${parsed.account}/${parsed.region}, and the stack of ${account}/${region}: ` +
        'import the secret into a stack of its own account and region',
    );
  }
};
