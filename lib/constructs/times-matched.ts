/** How often events matched a rule, in five minutes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnRule } from 'aws-cdk-lib/aws-events';

export const timesMatched = (rule: CfnRule, options?: MetricOptions): Metric =>
  new Metric({
    namespace: 'AWS/Events',
    metricName: 'TriggeredRules',
    dimensionsMap: { RuleName: rule.ref },
    period: Duration.minutes(5),
    statistic: 'Sum',
    ...options,
  });
