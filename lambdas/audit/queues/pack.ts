/** Packs: how events travel to a destination, many in one queue message. */
import { Buffer } from 'node:buffer';
import * as z from 'zod/mini';
import { parseBy } from '../../runtime/parse-by.ts';
import { parseMessage } from '../../runtime/parse-json.ts';
import { cutEvent } from '../normalise/cut-event.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';

export interface PackedEvent {
  readonly event: OcsfEvent;
  /** The record as it came, as JSON, for destinations that want it. */
  readonly raw?: string;
}

export interface Pack {
  readonly events: readonly PackedEvent[];
  /** How often a part of it was sent in vain. */
  readonly attempts: number;
  /** When its events came into the queue, in milliseconds since the epoch, if that was in another message. */
  readonly since?: number;
}

export const packLimits = { events: 100, bytes: 200_000 } as const;

export interface PackedMessages {
  /** Bodies of queue messages. */
  readonly messages: readonly string[];
  /** The events of each message. */
  readonly members: readonly (readonly PackedEvent[])[];
  /** Originals of events that did not fit into a message and were cut. */
  readonly cut: readonly PackedEvent[];
}

/** As few messages as hold the events, in their order. */
export const packEvents = (
  events: readonly PackedEvent[],
  { attempts = 0, since }: Partial<Omit<Pack, 'events'>> = {},
): PackedMessages => {
  const tail = `],"attempts":${attempts}${since === undefined ? '' : `,"since":${since}`}}`;
  const room = packLimits.bytes - head.length - longestTail;
  const messages: string[] = [];
  const members: PackedEvent[][] = [];
  const cut: PackedEvent[] = [];
  let inside: PackedEvent[] = [];
  let parts: string[] = [];
  let size = 0;
  const flush = () => {
    if (parts.length > 0) {
      messages.push(head + parts.join(',') + tail);
      members.push(inside);
    }
    [parts, inside, size] = [[], [], 0];
  };
  for (const packed of events) {
    let text = toJson(packed);
    let bytes = Buffer.byteLength(text);
    if (bytes > room) {
      cut.push(packed);
      const event = cutEvent(packed.event, room - wrapping, packed.raw === undefined ? [] : ['raw']);
      // What is never cut is too large: only the original is left, for the dead letters.
      if (!event) continue;
      text = toJson({ event });
      bytes = Buffer.byteLength(text);
    }
    if (parts.length === packLimits.events || size + bytes + 1 > room) flush();
    parts.push(text);
    inside.push(packed);
    size += bytes + 1;
  }
  flush();
  return { messages, members, cut };
};

/** @throws InvalidEvent if the body is not a pack; its message quotes nothing. */
export const readPack = (body: string): Pack => {
  const { events, attempts, since } = parseBy(pack, parseMessage(body), 'The pack');
  // What else an event has was written by the function in front of the queue.
  return { events: events as unknown as readonly PackedEvent[], attempts, ...(since !== undefined && { since }) };
};

const head = '{"events":[';

/** `{"event":}` around an event. */
const wrapping = 10;

/** The same for any number of attempts and any time: what fits once fits again. */
const longestTail = '],"attempts":9999999,"since":9999999999999}'.length;

const pack = z.strictObject({
  events: z
    .array(
      z.strictObject({
        event: z.looseObject({
          class_uid: z.int(),
          time: z.number(),
          severity_id: z.number(),
          metadata: z.looseObject({ uid: z.string() }),
        }),
        raw: z.optional(z.string()),
      }),
    )
    .check(z.minLength(1)),
  attempts: z.int().check(z.gte(0)),
  since: z.optional(z.int().check(z.gte(0))),
});

/** SQS refuses these two characters, which JSON takes as they are. */
const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) => (character === '\uFFFE' ? '\\ufffe' : '\\uffff'));
