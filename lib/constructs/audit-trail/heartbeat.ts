/** An event every five minutes through the fast lane: while nothing else happens, it shows that the lane works. */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { auditFunctionName, heartbeatOperation, heartbeatSource, metricName } from '../../contract/index.ts';
import { pageSilence, runbookIn } from '../alarm.ts';
import { eventMetric } from '../metrics.ts';

export interface HeartbeatProps {
  readonly environment: string;
  readonly alertTopic?: ITopic;
  readonly runbooks?: string;
}

/** @returns the rule; the policy of the queue must allow it to send. */
export const createHeartbeat = (
  scope: Construct,
  { environment, alertTopic, runbooks }: HeartbeatProps,
  { queue, deadLetterQueue }: { readonly queue: IQueue; readonly deadLetterQueue: IQueue },
): CfnRule => {
  const rule = new CfnRule(scope, 'Heartbeat', {
    description: `Sends an event through the audit of ${environment} every five minutes`,
    scheduleExpression: 'rate(5 minutes)',
    targets: [
      {
        id: 'Queue',
        arn: queue.queueArn,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
        inputTransformer: {
          inputPathsMap: { id: '$.id', time: '$.time', account: '$.account', region: '$.region' },
          inputTemplate:
            `{"version":"0","id":<id>,"detail-type":"${heartbeatOperation}","source":"${heartbeatSource}",` +
            `"account":<account>,"time":<time>,"region":<region>,"resources":[],"detail":{"environment":"${environment}"}}`,
        },
      },
    ],
  });
  if (alertTopic) {
    pageSilence(scope, 'HeartbeatMissing', alertTopic, {
      metric: eventMetric(metricName.auditHeartbeat, { environment }),
      name: `${auditFunctionName(environment)}-heartbeat`,
      description: `No heartbeat of the audit of ${environment} arrived for 15 minutes: its events don't either.`,
      runbook: runbookIn(runbooks, 'audit-heartbeat'),
    });
  }
  return rule;
};
