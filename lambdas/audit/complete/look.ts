/** Looks at a file of the trail: which of its events each destination has, and enqueues those that it has not. */
import { isAuditRecord, type AuditQueue, type AuditTrailFiles } from '../../../lib/contract/index.ts';
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { AwsError } from '../../runtime/aws-error.ts';
import { jsonOf } from '../../runtime/parse-json.ts';
import { createFilter } from '../fan-out/filter.ts';
import { packEvents, type PackedEvent } from '../queues/pack.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { normaliseRecord } from '../normalise/normalise.ts';
import { rawRecord } from '../normalise/raw-record.ts';
import type { FileCount, Outbox, TrailStore } from './ports.ts';
import { longestRecordBytes, readTrailFile } from './read-trail-file.ts';
import type { SplitRecord } from './record-splitter.ts';
import { TrailFileError } from './trail-file-error.ts';
import type { ObjectVersion } from './trail-object.ts';

export interface LookParts {
  readonly files: AuditTrailFiles;
  readonly destinations: readonly AuditQueue[];
  readonly store: TrailStore;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
}

export interface LookResult {
  /** By the name of the destination. */
  readonly counts: ReadonlyMap<string, FileCount>;
  /** Events that were sent to the queue of a destination, once for each. */
  readonly enqueued: number;
  /** Records that can't be made events, by their position in the file. */
  readonly refused: readonly { readonly record: number; readonly reason: string }[];
  /** Why the file ends too early. What is before the damage is in the counts. */
  readonly damage?: TrailFileError;
}

/** As many as one read of the ledger takes. */
const atOnce = 100;

/**
 * @param enqueue whether what is missing is sent
 * @throws TrailFileError `file-missing`
 * @throws AwsError `aws-…`; what was sent until then is sent again by the next look.
 */
export const lookAt = async (
  file: ObjectVersion,
  { enqueue, deadline }: { readonly enqueue: boolean; readonly deadline: Deadline },
  parts: LookParts,
): Promise<LookResult> => {
  const counts = new Map<string, FileCount>(
    parts.destinations.map(({ name }) => [name, { expected: 0, delivered: 0 }]),
  );
  const targets = parts.destinations.map((destination) => ({ ...destination, takes: createFilter(destination) }));
  const wantsRaw = targets.some(({ raw }) => raw);
  const refused: { record: number; reason: string }[] = [];
  let enqueued = 0;

  const compare = async (events: readonly PackedEvent[]): Promise<void> => {
    if (deadline.remainingMs() === 0) throw timeUp();
    for (const { name, takes, raw, queueUrl } of targets) {
      const wanted = events.filter(({ event }) => takes(event));
      if (wanted.length === 0) continue;
      const ids = wanted.map(idOf);
      const delivered = await parts.ledger.delivered(name, ids, deadline);
      const missing = wanted.filter((packed) => !delivered.has(idOf(packed)));
      const before = counts.get(name) ?? { expected: 0, delivered: 0 };
      counts.set(name, {
        expected: before.expected + wanted.length,
        delivered: before.delivered + wanted.length - missing.length,
      });
      if (!enqueue || missing.length === 0) continue;
      // The events of records are never longer than a message: none of them is cut here.
      const { messages } = packEvents(raw ? missing : missing.map(({ event }) => ({ event })));
      await parts.outbox.send(
        queueUrl,
        messages.map((body) => ({ body })),
        deadline,
      );
      enqueued += missing.length;
    }
  };

  const content = await parts.store.open(file, deadline);
  let batch = new Map<string, PackedEvent>();
  let position = 0;
  let damage: TrailFileError | undefined;
  try {
    for await (const record of readTrailFile(content)) {
      const read = eventOf(record, parts.files.secrets, wantsRaw);
      if (read instanceof InvalidEvent) refused.push({ record: position, reason: read.message });
      else if (read) batch.set(idOf(read), read);
      position += 1;
      if (batch.size < atOnce) continue;
      await compare([...batch.values()]);
      batch = new Map();
    }
  } catch (error) {
    if (!(error instanceof TrailFileError)) throw error;
    damage = error;
  }
  if (batch.size > 0) await compare([...batch.values()]);
  return { counts, enqueued, refused, ...(damage && { damage }) };
};

/** `undefined`: the record is not an audit event. */
const eventOf = (
  record: SplitRecord,
  secrets: readonly string[],
  wantsRaw: boolean,
): PackedEvent | InvalidEvent | undefined => {
  if ('tooLongBytes' in record) {
    return new InvalidEvent(`The record has ${record.tooLongBytes} bytes, and ${longestRecordBytes} is the most`);
  }
  // Most records are of other services: they are not parsed.
  if (!services.some((service) => record.json.includes(service))) return undefined;
  const parsed = jsonOf(record.json.toString());
  if (!isObject(parsed)) return new InvalidEvent('The record is not a JSON object');
  if (!isAuditRecord(parsed, secrets)) return undefined;
  try {
    return { event: normaliseRecord(parsed, {}), ...(wantsRaw && { raw: rawRecord(parsed) }) };
  } catch (error) {
    if (error instanceof InvalidEvent) return error;
    throw error;
  }
};

const services = ['secretsmanager', 'kms'];

const idOf = ({ event }: PackedEvent): string => event.metadata.uid;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const timeUp = (): AwsError =>
  new AwsError('aws-unavailable', "Could not read the trail's file to its end: the function's time is up", {
    retryable: true,
  });
