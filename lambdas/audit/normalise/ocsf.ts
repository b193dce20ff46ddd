/** The events of the audit: four classes of OCSF 1.8.0, https://schema.ocsf.io/1.8.0 */
import type { ApiActivity } from './api-activity.ts';
import type { Authentication } from './authentication.ts';
import type { ComplianceFinding } from './compliance-finding.ts';
import type { DetectionFinding } from './detection-finding.ts';

/** Told apart by `class_uid`. */
export type OcsfEvent = ApiActivity | DetectionFinding | ComplianceFinding | Authentication;

export * from './api-activity.ts';
export type { Authentication } from './authentication.ts';
export type { ComplianceFinding } from './compliance-finding.ts';
export type { DetectionFinding } from './detection-finding.ts';
export * from './ocsf-objects.ts';
