/** What other constructs know of a secret of Strongroom: one of this app, or one of another app. */
import type { IResource } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

export interface IManagedSecret extends IResource {
  /** The complete ARN. */
  readonly secretArn: string;
  /** The name in Secrets Manager. */
  readonly secretName: string;
  /** The key of the secret; of an adopted secret, its own key. */
  readonly encryptionKey: IKey;
  /**
   * The secret for constructs of the AWS library that only refer to it. Its methods that give access or change the secret
   * throw; `grantRead` returns the grant of a reader that has one already.
   */
  readonly secret: ISecret;

  /**
   * Allows a role to read the current value, of replicas too: in a policy of the role, in the policy of the secret, and
   * with the key.
   *
   * @param grantee - a `Consumer`, a role of this app, or an imported role of the secret's account.
   * @throws ValidationError for a grantee that would be denied at run time
   */
  grantRead(grantee: IGrantable): Grant;

  /**
   * As {@link IManagedSecret.grantRead}, and also the value of a rotation that is in progress.
   *
   * @throws ValidationError for a grantee that would be denied at run time
   */
  grantReadPending(grantee: IGrantable): Grant;

  /**
   * Allows a role to start a rotation as the schedule says. It can't read the value, and can't change the schedule.
   *
   * @throws ValidationError for a grantee that would be denied at run time
   */
  grantRotate(grantee: IGrantable): Grant;

  /** Rotation steps of this secret that failed; the sum of five minutes. */
  metricRotationFailed(options?: MetricOptions): Metric;

  /**
   * What `valueFrom` of `secrets` in a container definition of ECS takes.
   *
   * @param key - of the JSON value. Left out: the whole value.
   */
  valueFrom(key?: string): string;
}
