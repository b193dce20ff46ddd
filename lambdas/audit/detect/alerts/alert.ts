/** What a person is paged with: which secret, who, from where, who answers for it, what to do, and the events behind it. */
import type { AlertMessage } from '../../../../lib/contract/index.ts';
import type { Detection } from '../facts/detection.ts';

export interface Alert extends Detection {
  /** Address or path of the page that says what to do. */
  readonly runbook: string;
}

/** As it is published. */
export const messageOf = (alert: Alert): AlertMessage => ({
  version: '1',
  kind: 'detection',
  uid: alert.uid,
  rule: alert.rule,
  severity: alert.severity,
  title: alert.title,
  message: alert.message,
  at: new Date(alert.at).toISOString(),
  environment: alert.environment,
  principal: alert.principal,
  from: fromOf(alert),
  secrets: alert.secrets.map(({ name }) => name),
  owners: [...new Set(alert.secrets.flatMap(({ owner }) => owner ?? []))],
  events: alert.events,
  runbook: alert.runbook,
});

const fromOf = ({ from: { ip, vpcEndpoint, region } }: Alert): string =>
  [ip ?? 'an AWS service', vpcEndpoint && `through ${vpcEndpoint}`, `in ${region}`].filter(Boolean).join(' ');
