/**
 * `ExportLogsServiceRequest` in JSON:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 * 64-bit integers are decimal texts, keys are in lowerCamelCase, enums are integers.
 */
import type { AuditView } from '../../../../lib/contract/index.ts';
import type { OutgoingEvent } from '../destination.ts';

export const logsRequest = (
  events: readonly OutgoingEvent[],
  { environment, view, now }: { readonly environment: string; readonly view: AuditView; readonly now: number },
) => ({
  resourceLogs: [
    {
      resource: {
        attributes: [text('service.name', 'strongroom'), text('deployment.environment.name', environment)],
      },
      scopeLogs: [
        { scope: { name: 'strongroom.audit' }, logRecords: events.map((event) => logRecord(event, view, now)) },
      ],
    },
  ],
});

/** The body is the event as one text: maps of free keys become conflicting fields in most stores. */
const logRecord = (event: OutgoingEvent, view: AuditView, now: number) => {
  const [severityNumber, severityText] = severities[event.severity] ?? [0, ''];
  return {
    timeUnixNano: nanoseconds(event.time),
    observedTimeUnixNano: nanoseconds(now),
    severityNumber,
    severityText,
    eventName: 'strongroom.audit',
    body: { stringValue: event.json },
    // https://opentelemetry.io/docs/specs/semconv/registry/attributes/log/: records with the same id are duplicates.
    attributes: [text('log.record.uid', event.id), text('strongroom.view', view)],
  };
};

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

const nanoseconds = (ms: number): string => String(BigInt(Math.max(0, Math.trunc(ms))) * 1_000_000n);

/** From `severity_id` of OCSF to https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const severities: Readonly<Record<number, readonly [number, string]>> = {
  1: [9, 'INFO'],
  2: [10, 'INFO2'],
  3: [13, 'WARN'],
  4: [17, 'ERROR'],
  5: [18, 'ERROR2'],
  6: [21, 'FATAL'],
};
