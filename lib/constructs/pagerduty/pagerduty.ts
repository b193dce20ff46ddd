/** Alarms and alerts to PagerDuty: a queue behind the topics, the function that sends, and a secret for each contact. */
import { Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  type FunctionEnvironment,
  type PagerDutyContact,
  pagerDutyName,
  pagerDutySecret,
  pagerDutySecretExample,
  pagerDutySecretName,
  pagerDutyVariables,
  platformApplication,
} from '../../contract/index.ts';
import type { PagerDutyContactOf } from '../../model/contacts.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page, runbookIn } from '../alarm.ts';
import type { SecretNames } from '../arns.ts';
import { createSecretChangeRule } from '../audit-trail/audit-rules.ts';
import { consumeActions, consumeQueue, createQueue, oldest, visibilityFor, waiting } from '../audit-trail/queue.ts';
import { closeGrants, functionGrants, queueGrants } from '../close-grants.ts';
import { invalidProps } from '../invalid-props.ts';
import type { SecretFences } from '../managed-secret/access-policy.ts';
import { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { readStatements } from '../managed-secret/read-statements.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { timesMatched } from '../times-matched.ts';

/** A contact of PagerDuty, its topic, and that of the contact that is paged if PagerDuty fails. */
export interface PagerDutyRoute {
  readonly contact: PagerDutyContactOf;
  /** Such as {@link AlertTopic.topic}. */
  readonly topic: ITopic;
  readonly fallback: ITopic;
}

export interface PagerDutyProps {
  readonly environment: string;
  /** At least one. */
  readonly routes: readonly PagerDutyRoute[];
  /** Key of the secrets with the routing keys; an alias will do. */
  readonly encryptionKey: IKey;
  /** Team that answers for the platform. */
  readonly owner: string;
  /**
   * Roles that put the routing keys.
   * @default - none but the break-glass role
   */
  readonly operators?: readonly IRole[];
  /**
   * Conditions of every access to the secrets, in addition to the policies.
   * @default - nothing more
   */
  readonly fences?: SecretFences;
  /**
   * How the environment's secrets are named.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /**
   * Template of the names of the secrets.
   * @default '{environment}/{application}/{secret}': `<environment>/strongroom/<contact>-pagerduty`
   */
  readonly nameTemplate?: string;
  /**
   * Address of the pages of docs/runbooks, without a slash at its end. A page in PagerDuty links to no other address.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
  /**
   * PEM file of further authorities, for a proxy in front of PagerDuty.
   * @default - the public authorities
   */
  readonly certificateAuthorities?: string;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

const timeout = Duration.seconds(30);

/** A page that waits for longer is late. */
const late = Duration.minutes(5);

/**
 * The function `strongroom-<environment>-pagerduty`. A page that PagerDuty can't take waits in the queue and is sent again;
 * what it refuses goes to the dead letters. The alarms about it page the fallbacks, never PagerDuty alone.
 */
export class PagerDuty extends Construct {
  /** Alarms and alerts as SNS sends them. */
  readonly queue: IQueue;
  /** What PagerDuty refused, or did not take for hours. */
  readonly deadLetterQueue: IQueue;
  readonly forwarder: IFunction;
  /** The routing keys, in the order of the routes. An operator puts them. */
  readonly secrets: readonly ManagedSecret[];

  constructor(scope: Construct, id: string, props: PagerDutyProps) {
    super(scope, id);
    markOwnStack(this);
    const { environment, routes } = props;
    if (routes.length === 0) throw invalidProps(this, 'routes must have at least one contact of PagerDuty');
    const deadLetterQueue = createQueue(this, 'DeadLetters');
    const queue = createQueue(this, 'Queue', {
      visibilityTimeout: visibilityFor(timeout),
      // Sent again every five minutes at most: about eight hours.
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 100 },
    });
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
    this.secrets = routes.map(({ contact }) => createSecret(this, contact.name, props));
    this.forwarder = this.#createFunction(props);
    for (const { topic } of routes) topic.addSubscription(new SqsSubscription(queue, { deadLetterQueue }));
    this.#alarm(props);
    for (const one of [queue, deadLetterQueue]) {
      closeGrants(
        one,
        queueGrants,
        'the topics of the contacts send to it. To read it, name its ARN in a policy of your role',
      );
    }
    closeGrants(this.forwarder, functionGrants, `the queue of ${pagerDutyName(environment)} invokes it`);
  }

  /** Messages in the dead-letter queue. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return waiting(this.deadLetterQueue, options);
  }

  /** Seconds for which the oldest page has waited. */
  metricAge(options?: MetricOptions): Metric {
    return oldest(this.queue, options);
  }

  /** Failed invocations of the function. */
  metricErrors(options?: MetricOptions): Metric {
    return this.forwarder.metricErrors({ period: Duration.minutes(5), statistic: 'Sum', ...options });
  }

  #createFunction(props: PagerDutyProps): IFunction {
    const { environment, routes, runbooks, logRetention, certificateAuthorities } = props;
    const { queue, deadLetterQueue, secrets } = this;
    const contacts = routes.map(({ contact: { name, pagerduty }, topic }, index): PagerDutyContact => ({
      name,
      topic: topic.topicArn,
      secret: secrets[index]?.secretName ?? '',
      region: pagerduty.region,
      severity: pagerduty.severity,
    }));
    const variables: FunctionEnvironment<typeof pagerDutyVariables> = {
      [pagerDutyVariables.environment]: environment,
      [pagerDutyVariables.contacts]: Stack.of(this).toJsonString(contacts),
      [pagerDutyVariables.queue]: queue.queueUrl,
      [pagerDutyVariables.deadLetters]: deadLetterQueue.queueUrl,
      [pagerDutyVariables.runbooks]: runbooks ?? 'docs/runbooks',
    };
    const forwarder = new NodeFunction(this, 'Forwarder', {
      entry: 'pagerduty',
      functionName: pagerDutyName(environment),
      roleName: pagerDutyName(environment),
      description: `Hands alerts and alarms of ${environment} to PagerDuty`,
      environment: variables,
      timeout,
      reservedConcurrency: 5,
      statements: [
        new PolicyStatement({ actions: [...consumeActions], resources: [queue.queueArn] }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
        ...secrets.flatMap((secret) => readStatements(this, secret)),
      ],
      ...(logRetention !== undefined && { logRetention }),
      ...(certificateAuthorities !== undefined && { certificateAuthorities }),
    });
    for (const secret of secrets) secret._declareReader(forwarder.role.roleArn, { network: 'any', pending: false });
    // No batching window: a page leaves at once.
    consumeQueue(this, forwarder, queue, { batchSize: 10, maximumConcurrency: 5 });
    return forwarder.function;
  }

  #alarm({ environment, routes, runbooks }: PagerDutyProps): void {
    const name = pagerDutyName(environment);
    const runbook = runbookIn(runbooks, 'pagerduty');
    const [first, ...others] = new Set(routes.map(({ fallback }) => fallback));
    if (!first) return;
    const alarms: Alarm[] = [
      page(this, 'DeadLettersWaiting', first, {
        metric: this.metricDeadLetters(),
        name: `${name}-dead-letters`,
        description: `PagerDuty refused alerts of ${environment}, or did not take them for hours. They wait in the dead-letter queue.`,
        runbook,
        resolves: true,
      }),
      page(this, 'PagesWait', first, {
        metric: this.metricAge({ period: Duration.minutes(1) }),
        threshold: late.toSeconds(),
        name: `${name}-age`,
        description: `Alerts of ${environment} wait for more than five minutes for PagerDuty to take them.`,
        runbook,
        resolves: true,
      }),
      page(this, 'ForwarderFails', first, {
        metric: this.metricErrors(),
        name: `${name}-errors`,
        description: `The function that hands the alerts of ${environment} to PagerDuty fails, crashes or times out.`,
        runbook,
      }),
    ];
    for (const alarm of alarms) for (const other of others) alarm.addAlarmAction(new SnsAction(other));
    for (const [index, { contact, fallback }] of routes.entries()) {
      const { secretName = '' } = this.secrets[index] ?? {};
      const rule = createSecretChangeRule(this, `SecretChanges-${contact.name}`, secretName);
      page(this, `SecretChanged-${contact.name}`, fallback, {
        metric: timesMatched(rule),
        name: `${name}-${contact.name}-secret-changed`,
        description:
          `Somebody changed ${secretName}, the routing key of ${contact.name}: with another one the alerts page other ` +
          'people, or no one. Ask who did it: it is in CloudTrail.',
        runbook,
      });
    }
  }
}

const createSecret = (
  scope: Construct,
  contact: string,
  { environment, encryptionKey, owner, operators, fences, secretNames, nameTemplate }: PagerDutyProps,
): ManagedSecret =>
  new ManagedSecret(scope, `Secret-${contact}`, {
    environment,
    application: platformApplication,
    name: pagerDutySecret(contact),
    class: 'api-key',
    sensitivity: 'high',
    owner,
    contact,
    encryptionKey,
    description: `Routing key of the PagerDuty contact ${contact}: ${pagerDutySecretExample.replaceAll('…', '...')}`,
    value: 'supplied',
    rotatedManually: 'PagerDuty issues the routing key: an operator puts a new one with put-secret-value.',
    ...(nameTemplate !== undefined && { secretName: pagerDutySecretName(environment, contact, nameTemplate) }),
    ...(secretNames && { secretNames }),
    ...(operators && { operators }),
    ...(fences && { fences }),
  });
