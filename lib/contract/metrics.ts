/** CloudWatch metrics that the functions emit (EMF) and that alarms watch. */
export const metricNamespace = 'Strongroom';
export const metricName = {
  rotationStepFailed: 'RotationStepFailed',
  /** Secrets whose pending version is older than a rotation takes. Emitted hourly. */
  rotationStuck: 'RotationStuck',
  /** Secrets whose date of the next rotation has passed, or whose rotation is off. Emitted hourly. */
  rotationOverdue: 'RotationOverdue',
  /** Secrets of which something outlived its grace time and could not be discarded. Emitted hourly. */
  discardFailed: 'DiscardFailed',
  /** Secrets with a second password that someone set by hand, or a second user that was left. Counted once a day. */
  secondPassword: 'SecondPassword',
  /** Rights that reconciliations took away; which they are is in the log. */
  rightsRevoked: 'RightsRevoked',
  /** Events that a destination confirmed. */
  auditEventsDelivered: 'AuditEventsDelivered',
  /** Events that a destination refused, or did not take in time. They are in its dead letters. */
  auditEventsFailed: 'AuditEventsFailed',
  /** Events sent to a destination that can't confirm. */
  auditEventsUnconfirmed: 'AuditEventsUnconfirmed',
  /** Messages that are not an event of ours, and originals of events that were cut. */
  auditEventsQuarantined: 'AuditEventsQuarantined',
  /** Events that came again after the destination had confirmed them, and were not sent. */
  auditEventsDuplicate: 'AuditEventsDuplicate',
  /**
   * Seconds for which the oldest event has waited that a destination did not take. SQS's own metric leaves out messages
   * that were received three times.
   */
  auditOldestWaiting: 'AuditOldestWaiting',
  /** Part of the events in the trail's files that the destination has: 0 to 1. */
  auditCompleteness: 'AuditCompleteness',
  /** Heartbeat events that arrived. */
  auditHeartbeat: 'AuditHeartbeat',
  /** What rules found, those without an alert among them. */
  detections: 'Detections',
  /** Alerts that were sent. */
  alertsSent: 'AlertsSent',
  /** Alerts and alarms that PagerDuty accepted. */
  pagesSent: 'PagesSent',
  /** Alerts and alarms that PagerDuty refused. They are in the dead letters. */
  pagesFailed: 'PagesFailed',
} as const;

/**
 * Dimensions of {@link metricName.rotationStepFailed}, which is emitted once under each of these sets: for an alarm that
 * pages the owner of a secret, and for one over a whole function.
 */
export const rotationMetricDimensions = [['secret'], ['environment', 'engine']] as const;

/** The same of a function in a network of its own. */
export const networkMetricDimensions = [['secret'], ['environment', 'engine', 'network']] as const;

/**
 * Dimensions of {@link metricName.rotationStuck}, {@link metricName.rotationOverdue}, {@link metricName.discardFailed} and
 * {@link metricName.secondPassword}:
 * for each application the number of its secrets, 0 included, hourly. Which they are is in the function's log: a metric
 * for each secret would cost more than the secret.
 */
export const sweepMetricDimensions = [
  ['environment', 'application'],
  ['environment', 'engine'],
  ['environment', 'engine', 'network'],
] as const;

/** Dimensions of the metrics of audit events before they have a destination. */
export const auditMetricDimensions = [['environment']] as const;

/** Dimensions of the metrics of a destination of audit events, {@link metricName.auditEventsDelivered} for example. */
export const auditDestinationMetricDimensions = [['environment'], ['environment', 'destination']] as const;
