/**
 * Sends an alert once for each group of signals, and no more than a bounded number per rule and hour: an attack that sets off a
 * rule a thousand times is one matter. Every detection reaches the destinations, also those without an alert.
 */
import { auditSeverities, type AuditSeverity } from '../../../../lib/contract/index.ts';
import type { Deadline } from '../../../runtime/deadline.ts';
import type { Detection } from '../facts/detection.ts';
import type { DetectionState } from '../state/detection-state.ts';
import type { AlertRoute } from './alert-route.ts';

export interface AlertOptions {
  readonly route: AlertRoute;
  readonly state: DetectionState;
  readonly deadline: Deadline;
  /** @returns address or path of the page for a rule. */
  readonly runbookOf: (rule: Detection['rule']) => string;
  /** Detections below it raise no alert. @default 'medium' */
  readonly minimumSeverity?: AuditSeverity;
}

const hour = 60 * 60_000;
const alertsPerHour = 10;

/** An alert is remembered after it was sent: one that fails is sent again, and may come twice. */
export const sendAlerts = async (detections: readonly Detection[], options: AlertOptions): Promise<number> => {
  let sent = 0;
  for (const detection of detections) {
    if (!isAlert(detection, options.minimumSeverity ?? 'medium')) continue;
    if (await sendOnce(detection, options)) sent += 1;
  }
  return sent;
};

const isAlert = ({ severity, suppressed }: Detection, minimum: AuditSeverity): boolean =>
  suppressed === undefined && auditSeverities.indexOf(severity) >= auditSeverities.indexOf(minimum);

const sendOnce = async (
  detection: Detection,
  { route, state, deadline, runbookOf }: AlertOptions,
): Promise<boolean> => {
  const { uid, rule, at } = detection;
  if (await state.seen(`alerted#${uid}`, at, 2 * hour)) return false;
  const window = { milliseconds: hour, members: alertsPerHour + 1 };
  const sent = await state.membersOf(`alerts#${rule}`, at, window);
  if (sent.length > alertsPerHour && !sent.includes(uid)) return false;
  const isLast = sent.length === alertsPerHour;
  const message = isLast
    ? `${detection.message}. More than ${alertsPerHour} alerts of ${rule} within an hour: the next ones are in the SIEM only`
    : detection.message;
  await route.send({ ...detection, message, runbook: runbookOf(rule) }, deadline);
  await state.add(`alerts#${rule}`, uid, at, window);
  await state.see(`alerted#${uid}`, at, 2 * hour);
  return true;
};
