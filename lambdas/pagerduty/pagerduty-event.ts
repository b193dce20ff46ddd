/** An alert or an alarm as an event of PagerDuty: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
import { createHash } from 'node:crypto';
import type { AlertMessage, PagerDutySeverities, PagerDutySeverity } from '../../lib/contract/index.ts';
import type { Alarm, Notification } from './notification.ts';

/** Without the routing key. */
export interface PagerDutyEvent {
  readonly event_action: 'trigger' | 'resolve';
  /** At most 255 characters. */
  readonly dedup_key: string;
  /** Present exactly if it triggers. */
  readonly payload?: {
    /** At most 1024 characters. */
    readonly summary: string;
    readonly source: string;
    readonly severity: PagerDutySeverity;
    readonly timestamp: string;
    readonly component?: string;
    readonly group: string;
    readonly class: string;
    readonly custom_details: Readonly<Record<string, string | readonly string[] | boolean>>;
  };
  readonly client?: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
}

export interface EventSettings {
  readonly environment: string;
  readonly severity: PagerDutySeverities;
  /** Where the runbooks are. Only a link to a page of them becomes a link. */
  readonly runbooks: string;
}

/** The same for all that belongs to one incident. */
export const dedupKeyOf = (notification: Notification): string =>
  shortKey(notification.kind === 'alert' ? notification.alert.uid : notification.alarm.arn);

export const eventOf = (notification: Notification, settings: EventSettings): PagerDutyEvent => {
  const key = dedupKeyOf(notification);
  return notification.kind === 'alert'
    ? eventOfAlert(notification.alert, key, settings)
    : eventOfAlarm(notification.alarm, key, settings);
};

const eventOfAlert = (alert: AlertMessage, key: string, { severity, runbooks }: EventSettings): PagerDutyEvent => {
  const isTest = alert.kind === 'test';
  const [secret] = alert.secrets;
  return {
    event_action: 'trigger',
    dedup_key: key,
    payload: {
      summary: summary(`${isTest ? '[TEST] ' : ''}${alert.title} (${alert.environment}): ${alert.message}`),
      source: secret ?? `strongroom-${alert.environment}`,
      severity: severity[alert.severity],
      timestamp: alert.at,
      component: alert.principal,
      group: alert.environment,
      class: alert.rule,
      custom_details: {
        ...(isTest && { test: true }),
        message: alert.message,
        secrets: alert.secrets,
        who: alert.principal,
        from: alert.from,
        owners: alert.owners,
        events: alert.events,
        runbook: alert.runbook,
      },
    },
    client: 'Strongroom',
    ...linkTo(alert.runbook, runbooks),
  };
};

const eventOfAlarm = (
  alarm: Alarm,
  key: string,
  { environment, severity, runbooks }: EventSettings,
): PagerDutyEvent => {
  if (isOver(alarm)) return { event_action: 'resolve', dedup_key: key };
  const runbook = / Runbook: (\S+)$/.exec(alarm.description)?.[1];
  return {
    event_action: 'trigger',
    dedup_key: key,
    payload: {
      summary: summary(`${alarm.name}: ${alarm.description || alarm.reason}`),
      source: alarm.name,
      severity: alarm.state === 'INSUFFICIENT_DATA' ? 'warning' : severity.alarm,
      timestamp: alarm.at,
      group: environment,
      class: 'alarm',
      custom_details: {
        state: alarm.state,
        description: alarm.description.slice(0, longestDetail),
        reason: alarm.reason.slice(0, longestDetail),
        account: alarm.account,
        region: alarm.region,
      },
    },
    client: 'Strongroom',
    ...linkTo(runbook, runbooks),
  };
};

/**
 * An alarm says INSUFFICIENT_DATA only if its owner asked to be told: that is a matter of its own, unless the alarm takes
 * missing data as good.
 */
const isOver = ({ state, missingData }: Alarm): boolean =>
  state === 'OK' || (state === 'INSUFFICIENT_DATA' && missingData === 'notBreaching');

const longestSummary = 1_024;
const longestDetail = 4_000;
const longestKey = 255;

/** Cut by characters, not within one of them. */
const summary = (text: string): string => {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  if (line.length <= longestSummary) return line;
  return `${line.slice(0, longestSummary - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
};

const shortKey = (key: string): string =>
  key.length <= longestKey ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`;

/** What a message says is a link only if it is to a runbook of the deployment. */
const linkTo = (runbook: string | undefined, runbooks: string): Pick<PagerDutyEvent, 'links'> =>
  runbook !== undefined && runbooks.startsWith('https://') && runbook.startsWith(`${runbooks}/`)
    ? { links: [{ href: runbook, text: 'Runbook' }] }
    : {};
