/** One destination of audit events: its queue, its dead letters, the function that delivers, its secret and its alarms. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  auditDeliverName,
  auditDeliverVariables,
  auditHiddenSeconds,
  auditSecretVariable,
  auditWaitEndsMs,
  defaultDestination,
  destinationSecret,
  destinationSecretName,
  type DestinationSettings,
  metricName,
  mostReceives,
  platformApplication,
  secretExample,
} from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { page, runbookIn } from '../alarm.ts';
import { anyKey, type SecretNames } from '../arns.ts';
import { closeGrants, functionGrants, queueGrants } from '../close-grants.ts';
import type { SecretFences } from '../managed-secret/access-policy.ts';
import { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { readStatements } from '../managed-secret/read-statements.ts';
import { eventMetric } from '../metrics.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { timesMatched } from '../times-matched.ts';
import { createSecretChangeRule } from './audit-rules.ts';
import { useLedger } from './ledger.ts';
import { errorsOf, waitsTooLong } from './normaliser.ts';
import { consumeActions, consumeQueue, createQueue, oldest, visibilityFor, waiting } from './queue.ts';

/** @internal */
export interface AuditDestinationProps {
  readonly environment: string;
  readonly settings: DestinationSettings;
  readonly ledger: Table;
  readonly encryptionKey: IKey;
  readonly owner: string;
  readonly contact: string;
  readonly operators?: readonly IRole[];
  readonly fences?: SecretFences;
  readonly secretNames?: SecretNames;
  readonly nameTemplate?: string;
  readonly alertTopic?: ITopic;
  readonly runbooks?: string;
  readonly certificateAuthorities?: string;
  readonly logRetention?: RetentionDays;
}

const timeout = Duration.seconds(30);

/** Made by {@link AuditTrail}, one for each of its destinations. A slow or dead destination never delays another. */
export class AuditDestination extends Construct {
  readonly settings: DestinationSettings;
  /** Packs of normalised events. */
  readonly queue: IQueue;
  /** Events that the destination refused, or that were not delivered for days. */
  readonly deadLetterQueue: IQueue;
  /** Delivers what the queue has. */
  readonly deliverer: IFunction;
  /** What proves who sends. Supplied by an operator; absent if the destination needs none. */
  readonly secret: ManagedSecret | undefined;

  readonly #environment: string;

  /** @internal */
  constructor(scope: Construct, props: AuditDestinationProps) {
    const { environment, settings } = props;
    super(scope, `Destination-${settings.name}`);
    this.#environment = environment;
    this.settings = settings;
    const deadLetterQueue = createQueue(this, 'DeadLetters');
    const queue = createQueue(this, 'Queue', {
      // The function itself puts events into the dead letters once their time is over. SQS does it where the function
      // crashes each time, no sooner.
      visibilityTimeout: Duration.seconds(Math.max(visibilityFor(timeout).toSeconds(), auditHiddenSeconds)),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: mostReceives },
    });
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
    this.secret = createSecret(this, scope, props);
    this.deliverer = this.#createFunction(props);
    if (props.alertTopic) this.#alarm(props, props.alertTopic);
    for (const one of [queue, deadLetterQueue]) {
      closeGrants(
        one,
        queueGrants,
        'the functions of the audit send to it. To read it, name its ARN in a policy of your role',
      );
    }
    closeGrants(this.deliverer, functionGrants, 'the queue of the destination invokes it');
  }

  /** Events that the destination took. */
  metricDelivered(options?: MetricOptions): Metric {
    return this.#metric(metricName.auditEventsDelivered, options);
  }

  /** Events that the destination did not take; all but refused ones are sent again. */
  metricFailed(options?: MetricOptions): Metric {
    return this.#metric(metricName.auditEventsFailed, options);
  }

  /** Events in the dead-letter queue. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return waiting(this.deadLetterQueue, options);
  }

  /** Seconds for which the oldest event has waited, of those that the function has received three times at most. */
  metricAge(options?: MetricOptions): Metric {
    return oldest(this.queue, options);
  }

  /** Failed invocations of the function that delivers. */
  metricErrors(options?: MetricOptions): Metric {
    return errorsOf(this.deliverer, options);
  }

  #metric(name: string, options?: MetricOptions): Metric {
    return eventMetric(name, { environment: this.#environment, destination: this.settings.name }, options);
  }

  #createFunction({
    environment,
    settings,
    ledger,
    logRetention,
    certificateAuthorities,
  }: AuditDestinationProps): IFunction {
    const { queue, deadLetterQueue, secret } = this;
    const name = auditDeliverName(environment, settings.name);
    const deliverer = new NodeFunction(this, 'Forwarder', {
      entry: 'audit-deliver',
      functionName: name,
      roleName: name,
      description: `Delivers the audit events of ${environment} to ${settings.name}`,
      environment: {
        [auditDeliverVariables.environment]: environment,
        [auditDeliverVariables.destination]: JSON.stringify(settings),
        [auditDeliverVariables.queue]: queue.queueUrl,
        [auditDeliverVariables.deadLetters]: deadLetterQueue.queueUrl,
        [auditDeliverVariables.ledger]: ledger.tableName,
        ...(secret && { [auditSecretVariable]: secret.secretName }),
      },
      timeout,
      reservedConcurrency: 5,
      statements: [
        new PolicyStatement({ actions: [...consumeActions, 'sqs:SendMessage'], resources: [queue.queueArn] }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
        useLedger(ledger, settings.name, ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem']),
        ...(secret ? readStatements(this, secret) : []),
        ...assumeStatements(settings),
      ],
      ...(logRetention !== undefined && { logRetention }),
      ...(certificateAuthorities !== undefined && { certificateAuthorities }),
    });
    if (secret) {
      secret._declareReader(deliverer.role.roleArn, { network: 'any', pending: false });
      acknowledgeWildcards(deliverer.policy, {
        [anyKey(this)]:
          'The key belongs to another stack: kms:ResourceAliases names it, and the encryption context names the very secret.',
      });
    }
    consumeQueue(this, deliverer, queue, {
      // Packs of up to 200,000 bytes, and an invocation takes 6 MB. No batching window: events leave at once.
      batchSize: 10,
      maximumConcurrency: 5,
    });
    return deliverer.function;
  }

  /** SQS's metric knows messages that the function has not taken yet, ours those that it gave back. */
  #waited(): IMetric {
    const own = this.#metric(metricName.auditOldestWaiting, { statistic: 'Maximum' });
    return new MathExpression({
      expression: 'MAX([FILL(queued, 0), FILL(returned, 0)])',
      usingMetrics: { queued: this.metricAge(), returned: own },
      label: 'Seconds for which the oldest event has waited',
      period: Duration.minutes(5),
    });
  }

  #alarm({ environment, settings, runbooks }: AuditDestinationProps, topic: ITopic): void {
    const name = auditDeliverName(environment, settings.name);
    page(this, 'DeadLettersWaiting', topic, {
      metric: this.metricDeadLetters(),
      name: `${name}-dead-letters`,
      description: `Audit events of ${environment} were refused by ${settings.name}, or not delivered for days. They wait in the dead-letter queue.`,
      runbook: runbookIn(runbooks, 'audit-dead-letters'),
      resolves: true,
    });
    page(this, 'DeliveryStands', topic, {
      metric: this.#waited(),
      threshold: waitsTooLong.toSeconds(),
      name: `${name}-age`,
      description: `Audit events of ${environment} wait for more than 15 minutes to be delivered to ${settings.name}.`,
      runbook: runbookIn(runbooks, 'audit-delayed'),
      resolves: true,
    });
    page(this, 'WaitEnds', topic, {
      metric: this.#waited(),
      threshold: auditWaitEndsMs / 1000,
      name: `${name}-wait-ends`,
      description: `Audit events of ${environment} have waited for ${settings.name} for ten days. After 13 days they go to the dead-letter queue, and have to be replayed from there.`,
      runbook: runbookIn(runbooks, 'audit-delayed'),
    });
    page(this, 'ForwarderFails', topic, {
      metric: this.metricErrors(),
      name: `${name}-errors`,
      description: `The function that delivers the audit events of ${environment} to ${settings.name} fails, crashes or times out.`,
      runbook: runbookIn(runbooks, 'audit-errors'),
    });
    if (!this.secret) return;
    const { secretName } = this.secret;
    page(this, 'SecretChanged', topic, {
      metric: timesMatched(createSecretChangeRule(this, 'SecretChanges', secretName)),
      name: `${name}-secret-changed`,
      description:
        `Somebody changed ${secretName}, the credential of the audit destination ${settings.name}: ` +
        'with a wrong one no audit event arrives. Ask who did it: it is in CloudTrail.',
      runbook: runbookIn(runbooks, 'audit-secret-changed'),
    });
  }
}

/** The secret of the default destination stays where it was when there was no other. */
const createSecret = (
  destination: Construct,
  trail: Construct,
  props: AuditDestinationProps,
): ManagedSecret | undefined => {
  const { environment, settings, encryptionKey, owner, contact, operators, fences, secretNames, nameTemplate } = props;
  const example = secretExample(settings);
  if (example === undefined) return undefined;
  const [scope, id] = settings.name === defaultDestination ? [trail, 'SiemDestination'] : [destination, 'Secret'];
  return new ManagedSecret(scope, id, {
    environment,
    application: platformApplication,
    name: destinationSecret(settings.name),
    class: 'api-key',
    sensitivity: 'high',
    owner,
    contact,
    encryptionKey,
    description: `Credential of the audit destination ${settings.name}: ${example.replaceAll('…', '...')}`,
    value: 'supplied',
    rotatedManually: 'The destination issues the credential: an operator puts a new one with put-secret-value.',
    ...(nameTemplate !== undefined && {
      secretName: destinationSecretName(environment, settings.name, nameTemplate),
    }),
    ...(secretNames && { secretNames }),
    ...(operators && { operators }),
    ...(fences && { fences }),
  });
};

const assumeStatements = (settings: DestinationSettings): PolicyStatement[] =>
  settings.type === 'security-lake'
    ? [
        new PolicyStatement({
          actions: ['sts:AssumeRole'],
          resources: [settings.role],
          conditions: { StringEquals: { 'sts:ExternalId': settings.externalId } },
        }),
      ]
    : [];
