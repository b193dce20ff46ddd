/** Metrics that the functions of Strongroom emit, with the statistic and period by which alarms watch them. */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { metricName, metricNamespace } from '../contract/index.ts';

/** A metric whose values are counts, one for each thing that happened: their sum in five minutes. */
export const eventMetric = (name: string, dimensionsMap: Record<string, string>, options?: MetricOptions): Metric =>
  new Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap,
    statistic: 'Sum',
    period: Duration.minutes(5),
    ...options,
  });

export const rotationStepFailed = (dimensionsMap: Record<string, string>, options?: MetricOptions): Metric =>
  eventMetric(metricName.rotationStepFailed, dimensionsMap, options);

/** A metric that the sweep counts every hour. */
export const sweepMetric = (name: string, dimensionsMap: Record<string, string>, options?: MetricOptions): Metric =>
  new Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap,
    statistic: 'Maximum',
    period: Duration.hours(1),
    ...options,
  });
