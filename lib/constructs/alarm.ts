/** An alarm that pages a contact when a metric reaches a threshold. */
import { Alarm, ComparisonOperator, TreatMissingData, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface PageOptions {
  readonly metric: Metric;
  /** @default 1 */
  readonly threshold?: number;
  /** Name of the alarm, unique in its account and region. */
  readonly name: string;
  /** What is wrong, for whom is paged. */
  readonly description: string;
}

/** No data is no alarm: the metrics that Strongroom watches are silent while nothing fails. */
export const page = (scope: Construct, id: string, topic: ITopic, options: PageOptions): Alarm => {
  const { metric, threshold = 1, name, description } = options;
  const alarm = new Alarm(scope, id, {
    metric,
    threshold,
    alarmName: name,
    alarmDescription: description,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  return alarm;
};
