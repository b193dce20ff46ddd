/** An event in the view of a destination, cut if it is over the limit. */
import { Buffer } from 'node:buffer';
import type { AuditView } from '../../../lib/contract/index.ts';
import type { OutgoingEvent } from '../destinations/destination.ts';
import type { PackedEvent } from '../queues/pack.ts';
import { cutEvent } from '../normalise/cut-event.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';
import { views } from '../views/index.ts';

export interface Outgoing {
  readonly event: OutgoingEvent;
  /** Whether it is shorter than the original. */
  readonly isCut: boolean;
}

/** Each try asks for a shorter event, since a view can be longer than the event that it shows. */
const tries = 4;

/**
 * @param bytes - largest event as JSON.
 * @returns undefined if what is never cut is larger than that.
 */
export const toOutgoing = (packed: PackedEvent, view: AuditView, bytes: number): Outgoing | undefined => {
  const whole = shown(packed, view);
  if (fits(whole, bytes)) return { event: whole, isCut: false };
  const before = packed.raw === undefined ? [] : ['raw'];
  for (let attempt = 0, target = bytes; attempt < tries; attempt += 1, target = Math.floor(target / 2)) {
    const event = cutEvent(packed.event, target, before);
    if (!event) return undefined;
    const shorter = shown({ event }, view);
    if (fits(shorter, bytes)) return { event: shorter, isCut: true };
  }
  return undefined;
};

const fits = ({ json }: OutgoingEvent, bytes: number): boolean => Buffer.byteLength(json) <= bytes;

const withRaw = (event: OcsfEvent, raw: string): OcsfEvent & { readonly raw_data: string } => ({
  ...event,
  raw_data: raw,
});

/** Each view knows where `raw_data` of OCSF goes. */
const shown = ({ event, raw }: PackedEvent, view: AuditView): OutgoingEvent => {
  const document = views[view](raw === undefined ? event : withRaw(event, raw));
  return {
    id: event.metadata.uid,
    time: event.time,
    severity: event.severity_id,
    document,
    json: JSON.stringify(document),
  };
};
