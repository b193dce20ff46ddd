/** An alarm that pages a contact when a metric reaches a threshold, and links to what to do. */
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface PageOptions {
  readonly metric: IMetric;
  /** @default 1 */
  readonly threshold?: number;
  /** Of how many periods one must reach the threshold. @default 1 */
  readonly periods?: number;
  /** Name of the alarm, unique in its account and region. */
  readonly name: string;
  /** What is wrong, for the person who is paged. */
  readonly description: string;
  /** Address or path of the page that says what to do. @default - none */
  readonly runbook?: string;
  /**
   * Whether the topic is told too when the metric is below the threshold again: for a state that ends, not for something
   * that happened. @default false
   */
  readonly resolves?: boolean;
}

/** Missing data does not alarm: the metrics that Strongroom watches have no data while nothing fails. */
export const page = (scope: Construct, id: string, topic: ITopic, options: PageOptions): Alarm => {
  const { metric, threshold = 1, periods = 1, name, description, runbook, resolves = false } = options;
  const alarm = new Alarm(scope, id, {
    metric,
    threshold,
    alarmName: name,
    alarmDescription: withRunbook(description, runbook),
    evaluationPeriods: periods,
    datapointsToAlarm: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  if (resolves) alarm.addOkAction(new SnsAction(topic));
  return alarm;
};

/** Pages when a metric falls below the threshold, and notifies again when it is back. Missing data does not alarm. */
export const pageBelow = (
  scope: Construct,
  id: string,
  topic: ITopic,
  {
    metric,
    threshold,
    name,
    description,
    runbook,
  }: Omit<PageOptions, 'threshold' | 'periods'> & { readonly threshold: number },
): Alarm => {
  const alarm = new Alarm(scope, id, {
    metric,
    threshold,
    alarmName: name,
    alarmDescription: withRunbook(description, runbook),
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
  return alarm;
};

/** Pages when a metric that always comes is silent for three periods; before its first data it does not. It notifies again when it is back. */
export const pageSilence = (
  scope: Construct,
  id: string,
  topic: ITopic,
  {
    metric,
    name,
    description,
    runbook,
  }: Omit<PageOptions, 'metric' | 'threshold' | 'periods'> & { readonly metric: Metric },
): Alarm => {
  const alarm = new Alarm(scope, id, {
    metric: metric.with({ statistic: 'SampleCount' }),
    threshold: 1,
    alarmName: name,
    alarmDescription: withRunbook(description, runbook),
    evaluationPeriods: 3,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.MISSING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addInsufficientDataAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
  return alarm;
};

/** The pages of docs/runbooks. */
export type Runbook =
  | 'README'
  | 'audit-dead-letters'
  | 'audit-delayed'
  | 'audit-errors'
  | 'audit-heartbeat'
  | 'audit-incomplete'
  | 'audit-quarantine'
  | 'audit-secret-changed'
  | 'audit-trail-changed'
  | 'detections-stopped'
  | 'discard-failed'
  | 'pagerduty'
  | 'rotation-failed'
  | 'rotation-overdue'
  | 'rotation-stuck';

/** @param base - where the pages are; without it, their path in this repository. */
export const runbookIn = (base: string | undefined, name: Runbook): string => `${base ?? 'docs/runbooks'}/${name}.md`;

const withRunbook = (description: string, runbook: string | undefined): string =>
  runbook === undefined ? description : `${description} Runbook: ${runbook}`;
