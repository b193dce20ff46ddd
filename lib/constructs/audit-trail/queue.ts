/** The queues of audit events: encrypted, by TLS alone, kept as long as SQS can. */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEventSourceMapping, type CfnEventSourceMappingProps } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { auditQueueRetentionMs } from '../../contract/index.ts';
import { acknowledgeDenials, acknowledgeShared } from '../../rules/acknowledge.ts';
import type { NodeFunction } from '../node-function/node-function.ts';

export const createQueue = (
  scope: Construct,
  id: string,
  options: Pick<QueueProps, 'queueName' | 'visibilityTimeout' | 'deadLetterQueue' | 'deliveryDelay'> = {},
): Queue => {
  const queue = new Queue(scope, id, {
    ...options,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.millis(auditQueueRetentionMs),
  });
  acknowledgeDenials(queue, { actions: ['sqs:*'], resources: [] }, 'Nothing may be done with the queue without TLS.');
  return queue;
};

/** Six times the function's time: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const visibilityFor = (timeout: Duration): Duration => Duration.seconds(6 * timeout.toSeconds());

/** What an event source mapping needs, and the time-out of messages that are given back. */
export const consumeActions = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
] as const;

/** Lets Lambda invoke the function with the messages of the queue. A message that fails goes back by itself. */
export const consumeQueue = (
  scope: Construct,
  { function: handler, policy }: Pick<NodeFunction, 'function' | 'policy'>,
  queue: IQueue,
  {
    maximumConcurrency,
    ...batching
  }: Pick<CfnEventSourceMappingProps, 'batchSize' | 'maximumBatchingWindowInSeconds'> & {
    readonly maximumConcurrency: number;
  },
): void => {
  acknowledgeShared(handler, {
    LambdaDLQ: 'It is invoked from a queue, which keeps what fails and has a dead-letter queue.',
  });
  const mapping = new CfnEventSourceMapping(scope, 'Source', {
    functionName: handler.functionName,
    eventSourceArn: queue.queueArn,
    ...batching,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency },
  });
  mapping.node.addDependency(policy);
};

const period = Duration.minutes(5);

/** Messages that wait. */
export const waiting = (queue: IQueue, options?: MetricOptions): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum', ...options });

/** Seconds for which the oldest message has waited. */
export const oldest = (queue: IQueue, options?: MetricOptions): Metric =>
  queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum', ...options });
