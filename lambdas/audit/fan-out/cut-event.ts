/**
 * Cuts an event that is too large by rule: first the raw record, then the longest texts, and says so in the event.
 * The fields by which an event is found stay: its id, time, class, severity, operation and outcome.
 */
import { Buffer } from 'node:buffer';
import type { OcsfEvent } from '../normalise/ocsf.ts';
import type { PackedEvent } from './pack.ts';

/** Longest texts and lists, tried in turn. */
const rules = [
  { text: 4_096, list: 100 },
  { text: 512, list: 50 },
  { text: 128, list: 10 },
  { text: 64, list: 3 },
] as const;

/** No object of OCSF has more. */
const mostKeys = 64;

/** @param bytes - of the result as JSON, at least 4,096. */
export const cutEvent = ({ event, raw }: PackedEvent, bytes: number): PackedEvent => {
  const mark = (cut: string) => ({ ...event.unmapped, strongroom_cut: cut });
  if (raw !== undefined) {
    const withoutRaw = { ...event, unmapped: mark('raw') };
    if (fits({ event: withoutRaw }, bytes)) return { event: withoutRaw };
  }
  const cut = raw === undefined ? 'texts and lists' : 'raw, texts and lists';
  for (const rule of rules) {
    const shorter = {
      ...(shorten(event, rule) as OcsfEvent),
      metadata: event.metadata,
      unmapped: { ...(shorten(event.unmapped ?? {}, rule) as OcsfEvent['unmapped']), strongroom_cut: cut },
    };
    if (fits({ event: shorter }, bytes)) return { event: shorter };
  }
  return { event: { ...essence(event), unmapped: { strongroom_cut: 'all but the essence' } } };
};

const fits = (packed: PackedEvent, bytes: number): boolean => Buffer.byteLength(JSON.stringify(packed)) <= bytes;

const shorten = (value: unknown, rule: (typeof rules)[number]): unknown => {
  if (typeof value === 'string') return shortText(value, rule.text);
  if (Array.isArray(value)) return value.slice(0, rule.list).map((item) => shorten(item, rule));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, mostKeys)
      .map(([key, item]) => [shortText(key, rule.text), shorten(item, rule)]),
  );
};

const shortText = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}…`;

const essence = (event: OcsfEvent): OcsfEvent => {
  const plain = Object.fromEntries(
    Object.entries(event).flatMap(([key, value]) =>
      typeof value === 'object' ? [] : [[key, shorten(value, rules[3])] as const],
    ),
  );
  const { metadata, cloud, api } = event;
  return {
    ...(plain as unknown as OcsfEvent),
    actor: {},
    api: shorten({ operation: api.operation, service: api.service }, rules[3]) as OcsfEvent['api'],
    src_endpoint: {},
    cloud: shorten(cloud, rules[3]) as OcsfEvent['cloud'],
    resources: [],
    metadata: { ...(shorten(metadata, rules[3]) as OcsfEvent['metadata']), uid: metadata.uid },
  };
};
