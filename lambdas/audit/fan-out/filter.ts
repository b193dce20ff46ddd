/** Which events a destination gets, by its `events` and `minimumSeverity` in the catalog. */
import { auditSeverities, type AuditQueue } from '../../../lib/contract/index.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';

export type EventFilter = (event: OcsfEvent) => boolean;

export const createFilter = ({
  events,
  minimumSeverity,
}: Pick<AuditQueue, 'events' | 'minimumSeverity'>): EventFilter => {
  const lowest = minimumSeverity === undefined ? 0 : auditSeverities.indexOf(minimumSeverity) + 1;
  const patterns = events?.map((pattern) => pattern.split('*'));
  return (event) =>
    event.severity_id >= lowest &&
    (patterns === undefined || patterns.some((parts) => matches(parts, operationOf(event))));
};

/** A finding or a login has no operation: its class stands for it. */
const operationOf = (event: OcsfEvent): string => ('api' in event ? event.api.operation : event.class_name);

/**
 * Linear in the length of the name, which comes from outside.
 *
 * @param parts - the pattern between its stars.
 */
const matches = (parts: readonly string[], name: string): boolean => {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
};
