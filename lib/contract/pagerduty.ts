/** PagerDuty as a contact: its service regions and severities, and what the deployment hands to the function. */
import type { AuditSeverity } from './audit-destinations.ts';
import { auditSeverities } from './audit-destinations.ts';
import { platformApplication } from './names.ts';
import { secretName } from './secret-names.ts';

/** https://support.pagerduty.com/main/docs/service-regions */
export type PagerDutyRegion = 'us' | 'eu';
export const pagerDutyRegions = ['us', 'eu'] as const satisfies readonly PagerDutyRegion[];

/** Of the Events API v2, the most urgent first. */
export type PagerDutySeverity = 'critical' | 'error' | 'warning' | 'info';
export const pagerDutySeverities = [
  'critical',
  'error',
  'warning',
  'info',
] as const satisfies readonly PagerDutySeverity[];

/** What has a severity in PagerDuty: the alerts by their own, and alarms of CloudWatch, which have none. */
export const pagerDutyUrgencies = [...auditSeverities, 'alarm'] as const;

export type PagerDutySeverities = Readonly<Record<AuditSeverity | 'alarm', PagerDutySeverity>>;

export const defaultPagerDutySeverities: PagerDutySeverities = {
  informational: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
  fatal: 'critical',
  alarm: 'error',
};

/** One contact, as the function gets it. Nothing in a message changes it. */
export interface PagerDutyContact {
  readonly name: string;
  /** ARN of the topic, by which messages are known as this contact's. */
  readonly topic: string;
  /** Name of the secret with the routing key. */
  readonly secret: string;
  readonly region: PagerDutyRegion;
  readonly severity: PagerDutySeverities;
}

/** What the secret holds, as an operator puts it. */
export const pagerDutySecretExample = '{"routingKey": "…"}';

/** What stands for the secret in a template of names. */
export const pagerDutySecret = (contact: string): string => `${contact}-pagerduty`;

export const pagerDutySecretName = (environment: string, contact: string, template?: string): string =>
  secretName(environment, platformApplication, pagerDutySecret(contact), template);

/** The function of an environment, its role and its queue. The policies of the secrets name the role. */
export const pagerDutyName = (environment: string): string => `strongroom-${environment}-pagerduty`;
