/** Fields that make a log line CloudWatch metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
import { metricNamespace } from '../../lib/contract/index.ts';

export interface EmbeddedMetric {
  /** Counts by the metric's name. */
  readonly values: Readonly<Record<string, number>>;
  /** Sets of field names: each metric is emitted once under each. */
  readonly dimensions: readonly (readonly string[])[];
  /** Value of each field named in {@link dimensions}. */
  readonly fields: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** @param metric - dimension sets that lack a field are left out: CloudWatch would drop the whole line. */
export const embeddedMetric = ({ values, dimensions, fields, timestamp }: EmbeddedMetric) => ({
  _aws: {
    Timestamp: timestamp,
    CloudWatchMetrics: [
      {
        Namespace: metricNamespace,
        Dimensions: dimensions.filter((set) => set.every((field) => field in fields)),
        Metrics: Object.keys(values).map((name) => ({ Name: name, Unit: 'Count' })),
      },
    ],
  },
  ...fields,
  ...values,
});
