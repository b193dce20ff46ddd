/** The reports of two threads as one. */
import type { PolicyValidationPluginReport, PolicyViolation } from 'aws-cdk-lib';

/** The same as if one thread had checked all templates in order. */
export const mergeReports = (reports: readonly PolicyValidationPluginReport[]): PolicyValidationPluginReport => {
  const merged = new Map<string, PolicyViolation>();
  for (const violation of reports.flatMap(({ violations }) => violations)) {
    const key = JSON.stringify([violation.ruleName, violation.severity, violation.description]);
    const known = merged.get(key);
    if (known) known.violatingResources.push(...violation.violatingResources);
    else merged.set(key, { ...violation, violatingResources: [...violation.violatingResources] });
  }
  return { success: reports.every(({ success }) => success), violations: [...merged.values()] };
};
