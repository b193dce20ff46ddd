/** Which events a destination gets, by its `events` and `minimumSeverity` in the catalog. */
import { auditSeverities, matchesWildcards, type AuditQueue } from '../../../lib/contract/index.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';

export type EventFilter = (event: OcsfEvent) => boolean;

export const createFilter = ({
  events,
  minimumSeverity,
}: Pick<AuditQueue, 'events' | 'minimumSeverity'>): EventFilter => {
  const lowest = minimumSeverity === undefined ? 0 : auditSeverities.indexOf(minimumSeverity) + 1;
  return (event) =>
    event.severity_id >= lowest &&
    (events === undefined || events.some((pattern) => matchesWildcards(pattern, operationOf(event))));
};

/** A finding or a login has no operation: its class stands for it. */
const operationOf = (event: OcsfEvent): string => ('api' in event ? event.api.operation : event.class_name);
