/** CloudWatch metrics that the functions emit (EMF) and that alarms watch. */
export const metricNamespace = 'Strongroom';
export const metricName = {
  rotationStepFailed: 'RotationStepFailed',
  auditEventsDelivered: 'AuditEventsDelivered',
  auditEventsFailed: 'AuditEventsFailed',
} as const;
