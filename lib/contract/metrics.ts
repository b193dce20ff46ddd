/** CloudWatch metrics that the functions emit (EMF) and that alarms watch. */
export const metricNamespace = 'Strongroom';
export const metricName = {
  rotationStepFailed: 'RotationStepFailed',
  /** A pending version is older than a rotation takes. Emitted hourly, 1 or 0. */
  rotationStuck: 'RotationStuck',
  /** The date of the next rotation has passed, or rotation is off though the catalog wants it. Emitted hourly, 1 or 0. */
  rotationOverdue: 'RotationOverdue',
  /** What outlived its grace time could not be discarded. */
  discardFailed: 'DiscardFailed',
  auditEventsDelivered: 'AuditEventsDelivered',
  auditEventsFailed: 'AuditEventsFailed',
} as const;

/**
 * Dimensions of the metrics of rotation, which are emitted once under each of these sets: for an alarm that
 * pages the owner of a secret, and for one over a whole function.
 */
export const rotationMetricDimensions = [['secret'], ['environment', 'engine']] as const;

/** Dimensions of {@link metricName.auditEventsDelivered} and {@link metricName.auditEventsFailed}. */
export const auditMetricDimensions = [['environment']] as const;
