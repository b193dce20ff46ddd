/** CloudWatch metrics that the functions emit (EMF) and that alarms watch. */
export const metricNamespace = 'Strongroom';
export const metricName = {
  rotationStepFailed: 'RotationStepFailed',
  auditEventsDelivered: 'AuditEventsDelivered',
  auditEventsFailed: 'AuditEventsFailed',
} as const;

/**
 * Dimensions of {@link metricName.rotationStepFailed}, which is emitted once under each of these sets: for an alarm that
 * pages the owner of a secret, and for one over a whole function.
 */
export const rotationMetricDimensions = [['secret'], ['environment', 'engine']] as const;

/** Dimensions of {@link metricName.auditEventsDelivered} and {@link metricName.auditEventsFailed}. */
export const auditMetricDimensions = [['environment']] as const;
