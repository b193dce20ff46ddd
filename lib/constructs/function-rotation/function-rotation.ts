/** Rotation by a Lambda function of your own, for secrets that Strongroom can't rotate itself. */
import { Duration, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import { rotationAlarmName, secretArnPattern } from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page, runbookIn } from '../alarm.ts';
import { anyKey, locationOf } from '../arns.ts';
import { checkPolicyCountOfRole, PolicyPages } from '../policy-pages.ts';
import { invalidProps } from '../invalid-props.ts';
import { replicateKeyActions, useKeyForSecrets } from '../key-usage.ts';
import type { ManagedSecret, Replica } from '../managed-secret/managed-secret.ts';
import type { RotationWatch, WatchOptions } from '../rotation-watch/rotation-watch.ts';
import { rotateActions } from '../secret-actions.ts';
import { timesMatched } from '../times-matched.ts';

export interface FunctionRotationProps {
  /** The function, or an alias of it, in the account and region of the secrets. */
  readonly function: IFunction;
  /** The role of the function. It is granted what the four steps of a rotation need, for these secrets alone. */
  readonly role: IRole;
  /**
   * Who is paged for a failed step of the function, and for a rotation of a secret that failed or was given up. The latter needs a
   * CloudTrail trail of management events in the account.
   * @default - nobody
   */
  readonly alertTopic?: ITopic;
  /**
   * Address of the pages of docs/runbooks, without a slash at its end.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
  /**
   * What counts stuck and overdue rotations every hour, for `RotationAlarms`. An environment has one.
   * @default - nothing counts them
   */
  readonly watch?: RotationWatch;
}

/** By the app, the rotations of each role. */
const rotations = new WeakMap<IConstruct, Map<string, FunctionRotation[]>>();

const rotationsOf = (scope: IConstruct, roleArn: string): FunctionRotation[] => {
  const byRole = rotations.get(scope.node.root) ?? new Map<string, FunctionRotation[]>();
  rotations.set(scope.node.root, byRole);
  const known = byRole.get(roleArn) ?? [];
  byRole.set(roleArn, known);
  return known;
};

export type FunctionScheduleOptions = WatchOptions;

/**
 * Secrets Manager invokes the function for each of the four steps. Its role may describe the secrets that are added, read
 * `AWSCURRENT`, `AWSPENDING` and `AWSPREVIOUS`, put values and move labels.
 *
 * @example
 * declare const fn: IFunction;
 * declare const role: IRole;
 * const rotation = new FunctionRotation(stack, 'StripeRotation', { function: fn, role });
 * rotation.addSchedule(stripeKey, { schedule: { expression: 'rate(30 days)' } });
 */
export class FunctionRotation extends Construct {
  readonly #props: FunctionRotationProps;
  readonly #policies: PolicyPages<ManagedPolicy>;

  constructor(scope: Construct, id: string, props: FunctionRotationProps) {
    super(scope, id);
    markOwnStack(this);
    this.#props = props;
    this.#policies = new PolicyPages(
      (name) => new ManagedPolicy(this, name, { description: 'Rotates secrets', roles: [props.role] }),
    );
    const { function: fn, role, alertTopic, runbooks } = props;
    const all = rotationsOf(this, role.roleArn);
    all.push(this);
    // One function may rotate secrets of several stacks.
    if (all[0] === this) {
      this.node.addValidation({ validate: () => checkPolicyCountOfRole(all, role.roleArn) });
    }
    if (alertTopic) {
      page(this, 'Errors', alertTopic, {
        metric: this.metricErrors(),
        name: `strongroom-rotation-failed/${Stack.of(this).stackName}/${fn.functionName}`,
        description: `A step of the rotation function ${fn.functionName} failed. The last good value is still current.`,
        runbook: runbookIn(runbooks, 'rotation-failed'),
      });
    }
  }

  /** Rotates a secret on a schedule, in its windows alone. A deployment starts no rotation. */
  addSchedule(secret: ManagedSecret, options: FunctionScheduleOptions): void {
    this.#check(secret);
    const { schedule } = options;
    const { function: fn, role } = this.#props;
    const policy = this.#allow(secret);
    secret._declareCustomRotator(role.roleArn, fn.functionArn);
    const permission = new CfnPermission(secret, 'InvokeRotation', {
      functionName: fn.functionArn,
      action: 'lambda:InvokeFunction',
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: Stack.of(secret).account,
      sourceArn: secret.secretArn,
    });
    const { expression, duration } = schedule;
    const resource = new CfnRotationSchedule(secret, 'RotationSchedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: fn.functionArn,
      rotationRules: { scheduleExpression: expression, ...(duration !== undefined && { duration }) },
      rotateImmediatelyOnUpdate: false,
    });
    // Secrets Manager tests the function as soon as the schedule exists.
    resource.node.addDependency(secret._policy, permission, policy);
    this.#props.watch?.add(secret, options);
    this.#pageFailures(secret);
  }

  /**
   * Failed invocations of the function: failed steps, crashes and time-outs, whatever the secret. With an `alertTopic`, one
   * secret has `ManagedSecret.metricRotationFailed`.
   */
  metricErrors(options?: MetricOptions): Metric {
    return this.#props.function.metricErrors({ statistic: 'Sum', period: Duration.minutes(5), ...options });
  }

  /** Invocations of the function that were throttled: rotations wait. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.#props.function.metricThrottles({ statistic: 'Sum', period: Duration.minutes(5), ...options });
  }

  /** From the metadata of Secrets Manager: the function is not called, and no value is read. */
  #pageFailures(secret: ManagedSecret): void {
    const { alertTopic, runbooks } = this.#props;
    if (!alertTopic) return;
    const rule = new CfnRule(secret, 'RotationEnded', {
      description: `Rotations of ${secret.secretName} that failed or were given up: an alarm counts them`,
      eventPattern: {
        source: ['aws.secretsmanager'],
        'detail-type': ['AWS Service Event via CloudTrail'],
        detail: {
          eventName: ['RotationFailed', 'RotationAbandoned'],
          additionalEventData: { SecretId: [secret.secretArn] },
        },
      },
    });
    secret._countFailuresBy((options) => timesMatched(rule, options));
    page(secret, 'RotationFailed', alertTopic, {
      metric: secret.metricRotationFailed(),
      name: rotationAlarmName(secret.secretName),
      description: `A rotation of ${secret.secretName} failed, or was given up because a value was put by hand.`,
      runbook: runbookIn(runbooks, 'rotation-failed'),
    });
  }

  #check(secret: ManagedSecret): void {
    if (secret.database) {
      throw invalidProps(
        this,
        `${secret.secretName} is of class database: use DatabaseRotation, or class: 'generic' for a database without an engine`,
      );
    }
    if (Stack.of(secret) !== Stack.of(this)) {
      throw invalidProps(
        this,
        `${secret.secretName} is in another stack: make a FunctionRotation for the same function in the stack of the secret`,
      );
    }
    const { account, region } = Stack.of(secret);
    const { env } = this.#props.function;
    const differs = (a: string, b: string): boolean => a !== b && !Token.isUnresolved(a) && !Token.isUnresolved(b);
    if (differs(env.account, account) || differs(env.region, region)) {
      throw invalidProps(
        this,
        `${secret.secretName} is in ${account}/${region}, the function in ${env.account}/${env.region}: ` +
          'name a function of the same account and region',
      );
    }
  }

  #allow(secret: ManagedSecret): ManagedPolicy {
    const { secretArn, adopted, replicas, encryptionKey } = secret;
    // Each statement with its conditions is as long as three ARNs.
    const policy = this.#policies.pageFor(5 + 4 * replicas.length);
    policy.addStatements(new PolicyStatement({ actions: [...rotateActions], resources: [secretArn] }));
    // The key that AWS manages serves every principal of the account.
    if (!adopted || adopted.encryptionKey !== undefined) {
      policy.addStatements(useKeyForSecrets(this, encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey'], [secretArn]));
    }
    for (const replica of replicas) policy.addStatements(this.#encryptReplica(secret, replica));
    acknowledgeWildcards(
      policy,
      Object.fromEntries(
        [Stack.of(this).region, ...replicas.map(({ region }) => region)].map((region) => [
          anyKey(this, region),
          'The key belongs to another stack: kms:ResourceAliases names it, and the encryption context names the secret.',
        ]),
      ),
    );
    return policy;
  }

  /** Secrets Manager encrypts replicas in the name of who writes the secret. */
  #encryptReplica({ secretName }: ManagedSecret, { region, keyAlias }: Replica): PolicyStatement {
    return new PolicyStatement({
      actions: [...replicateKeyActions],
      resources: [anyKey(this, region)],
      conditions: {
        StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
        StringLike: {
          'kms:EncryptionContext:SecretARN': [secretArnPattern({ ...locationOf(this), region }, secretName)],
        },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [keyAlias] },
      },
    });
  }
}
