/** Who read and changed which secret, sent to the SIEM at once: EventBridge, a queue and the forwarder. */
import { Duration } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  auditFunctionName,
  auditRoleName,
  auditVariables,
  platformApplication,
  siemSecretName,
  type FunctionEnvironment,
} from '../../contract/index.ts';
import { acknowledgeDenials, acknowledgeShared, acknowledgeWildcards } from '../../policy/acknowledge.ts';
import { page } from '../alarm.ts';
import { anyKey, secretsOf } from '../arns.ts';
import type { SecretFences } from '../managed-secret/access-policy.ts';
import { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { readStatements } from '../managed-secret/read-statements.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { Trail } from './trail.ts';

export interface AuditTrailProps {
  readonly environment: string;
  /** Splunk index of the events. */
  readonly siemIndex: string;
  /** Key of the secret with the SIEM's address and token; an alias will do. */
  readonly encryptionKey: IKey;
  /** Team that answers for the platform. */
  readonly owner: string;
  /** Name of the contact whom the platform's alarms page. */
  readonly contact: string;
  /**
   * Roles that put the SIEM's address and token.
   * @default - none but the break-glass role
   */
  readonly operators?: readonly IRole[];
  /**
   * What every access to that secret must satisfy beside the policies.
   * @default - nothing more
   */
  readonly fences?: SecretFences;
  /**
   * Whom a standing or failing lane pages.
   * @default - nobody
   */
  readonly alertTopic?: ITopic;
  /**
   * `create`: a CloudTrail trail of this account. `existing`: the account has a trail of management events already, such
   * as its organisation's; without one, EventBridge gets no CloudTrail events at all.
   * @default 'create'
   */
  readonly trail?: 'create' | 'existing';
  /**
   * Time for which the trail's files are kept.
   * @default Duration.days(400)
   */
  readonly trailRetention?: Duration;
  /**
   * PEM file of the authority of the SIEM, where it is a private one.
   * @default - the public authorities
   */
  readonly certificateAuthorities?: string;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

const forwarderTimeout = Duration.seconds(30);

/**
 * Every call to Secrets Manager in the account and region, reads among them, every use of a key for a secret of the
 * environment, and every change of a key's policy or alias. What the SIEM doesn't take is tried again for half an hour and then waits in the dead-letter queue.
 *
 * @example
 * new AuditTrail(stack, 'Audit', {
 *   environment: 'prod',
 *   siemIndex: 'aws_secrets',
 *   encryptionKey: key,
 *   owner: 'team-platform',
 *   contact: 'platform-oncall',
 * });
 */
export class AuditTrail extends Construct {
  /** Supplied by an operator: `{"url":"https://…:8088","token":"…"}`. */
  readonly siemSecret: ManagedSecret;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly forwarder: IFunction;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    this.siemSecret = this.#createSiemSecret(props);
    this.deadLetterQueue = createQueue(this, 'DeadLetters');
    this.queue = createQueue(this, 'Events', {
      // Six times the forwarder's time, as AWS asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * forwarderTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 10 },
    });
    this.forwarder = this.#createForwarder(props);
    this.#createRules(props.environment);
    if ((props.trail ?? 'create') === 'create') {
      new Trail(this, 'Trail', {
        environment: props.environment,
        retention: props.trailRetention ?? Duration.days(400),
      });
    }
    if (props.alertTopic) this.#alarm(props.environment, props.alertTopic);
  }

  #createSiemSecret({ environment, encryptionKey, owner, contact, operators, fences }: AuditTrailProps): ManagedSecret {
    return new ManagedSecret(this, 'SiemDestination', {
      environment,
      application: platformApplication,
      name: 'siem',
      class: 'api-key',
      sensitivity: 'high',
      owner,
      contact,
      encryptionKey,
      description: 'Address and token of the SIEM: {"url":"https://host:8088","token":"..."}',
      value: 'supplied',
      rotatedManually: 'The SIEM issues the token: an operator puts a new one with put-secret-value.',
      ...(operators && { operators }),
      ...(fences && { fences }),
    });
  }

  #createForwarder(props: AuditTrailProps): IFunction {
    const { environment, siemIndex, logRetention, certificateAuthorities } = props;
    const variables: FunctionEnvironment<typeof auditVariables> = {
      [auditVariables.environment]: environment,
      [auditVariables.siemSecret]: siemSecretName(environment),
      [auditVariables.siemIndex]: siemIndex,
    };
    const forwarder = new NodeFunction(this, 'Forwarder', {
      entry: 'audit',
      functionName: auditFunctionName(environment),
      roleName: auditRoleName(environment),
      description: `Sends the audit events of ${environment} to the SIEM`,
      environment: variables,
      timeout: forwarderTimeout,
      reservedConcurrency: 5,
      statements: [
        new PolicyStatement({
          actions: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
          resources: [this.queue.queueArn],
        }),
        ...readStatements(this, this.siemSecret),
      ],
      ...(logRetention !== undefined && { logRetention }),
      ...(certificateAuthorities !== undefined && { certificateAuthorities }),
    });
    this.siemSecret.declareReader(forwarder.role.roleArn, { network: 'any', pending: false });
    acknowledgeShared(forwarder.function, {
      LambdaDLQ: 'It is invoked from a queue, which keeps what fails and has a dead-letter queue.',
    });
    acknowledgeWildcards(forwarder.policy, {
      [anyKey(this)]:
        'The key belongs to another stack: kms:ResourceAliases names it, and the encryption context names the very secret.',
    });
    const mapping = new CfnEventSourceMapping(this, 'Source', {
      functionName: forwarder.function.functionName,
      eventSourceArn: this.queue.queueArn,
      batchSize: 100,
      maximumBatchingWindowInSeconds: 2,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: 5 },
    });
    mapping.node.addDependency(forwarder.policy);
    return forwarder.function;
  }

  #createRules(environment: string): void {
    const secretCalls = this.#createRule('SecretCalls', 'Calls to Secrets Manager, rotations and moved labels', {
      source: ['aws.secretsmanager'],
    });
    const keyUse = this.#createRule('KeyUse', `Uses of a key for a secret of ${environment}: an independent count`, {
      source: ['aws.kms'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventName: ['Decrypt'],
        requestParameters: {
          encryptionContext: { SecretARN: [{ prefix: secretsOf(this, environment).replace(/\*$/, '') }] },
        },
      },
    });
    // Of every key of the region: the event does not say which of them is whose. Whoever changes its policy lets himself in.
    const keyGovernance = this.#createRule('KeyGovernance', 'Changes of keys, of their policies and of their aliases', {
      source: ['aws.kms'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventName: [...keyChanges] },
    });
    const rules = [secretCalls, keyUse, keyGovernance];
    for (const queue of [this.queue, this.deadLetterQueue]) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          sid: 'SendByTheRules',
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': rules.map(({ attrArn }) => attrArn) } },
        }),
      );
    }
  }

  #createRule(id: string, description: string, eventPattern: object): CfnRule {
    return new CfnRule(this, id, {
      description,
      eventPattern,
      // Reads such as GetSecretValue reach a rule in this state only, which the L2 construct does not know:
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      targets: [
        {
          id: 'Queue',
          arn: this.queue.queueArn,
          deadLetterConfig: { arn: this.deadLetterQueue.queueArn },
        },
      ],
    });
  }

  #alarm(environment: string, topic: ITopic): void {
    const period = Duration.minutes(5);
    const name = auditFunctionName(environment);
    page(this, 'DeadLettersWaiting', topic, {
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      name: `${name}-dead-letters`,
      description: `Audit events of ${environment} could not be delivered and wait in the dead-letter queue.`,
    });
    page(this, 'LaneStands', topic, {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
      threshold: Duration.minutes(15).toSeconds(),
      name: `${name}-age`,
      description: `Audit events of ${environment} wait for more than a quarter of an hour.`,
    });
    page(this, 'ForwarderFails', topic, {
      metric: this.forwarder.metricErrors({ period, statistic: 'Sum' }),
      name: `${name}-errors`,
      description: `The audit forwarder of ${environment} fails, crashes or times out.`,
    });
  }
}

/** What makes another key serve, or this one somebody else, or nobody. */
const keyChanges = [
  'CreateAlias',
  'DeleteAlias',
  'DisableKey',
  'DisableKeyRotation',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'UpdateAlias',
] as const;

const createQueue = (
  scope: Construct,
  id: string,
  options: { visibilityTimeout?: Duration; deadLetterQueue?: { queue: Queue; maxReceiveCount: number } } = {},
): Queue => {
  const queue = new Queue(scope, id, {
    ...options,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledgeDenials(queue, { actions: ['sqs:*'], resources: [] }, 'Nothing may be done with the queue without TLS.');
  return queue;
};
