/** The columns of the table, which `data-collection-rule.json` declares. */
import type { AuditView } from '../../../../lib/contract/index.ts';
import type { OutgoingEvent } from '../destination.ts';

/**
 * @returns JSON. Azure Monitor replaces a `TimeGenerated` that is older than two days; `EventTime` stays.
 */
export const tableRow = (
  event: OutgoingEvent,
  { environment, view }: { readonly environment: string; readonly view: AuditView },
): string => {
  const time = new Date(event.time).toISOString();
  const columns = {
    TimeGenerated: time,
    EventTime: time,
    EventId: event.id,
    SeverityId: event.severity,
    Environment: environment,
    View: view,
  };
  return `${JSON.stringify(columns).slice(0, -1)},"Event":${event.json}}`;
};
