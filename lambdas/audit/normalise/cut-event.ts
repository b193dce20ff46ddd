/** Cuts an event to the limit of its destination, by a fixed order. */
import { Buffer } from 'node:buffer';
import type { OcsfEvent } from './ocsf.ts';

type Json = Record<string, unknown>;

/**
 * What is cut, in this order, until the event fits: a text is shortened to its number of characters, 0 removes the field.
 * Not here, so never cut: ids, times, class, severity and outcome, who acted and from where, which secrets.
 */
const cuts: readonly { readonly path: readonly string[]; readonly keep: number }[] = [
  { path: ['http_request', 'user_agent'], keep: 64 },
  { path: ['api', 'response', 'data'], keep: 0 },
  { path: ['api', 'request', 'data'], keep: 0 },
  { path: ['evidences'], keep: 0 },
  { path: ['finding_info', 'related_events'], keep: 0 },
  { path: ['remediation', 'desc'], keep: 256 },
  { path: ['finding_info', 'desc'], keep: 256 },
  { path: ['compliance', 'desc'], keep: 0 },
  { path: ['api', 'response', 'error_message'], keep: 128 },
  { path: ['status_detail'], keep: 128 },
  { path: ['message'], keep: 256 },
];

/**
 * The event, if it fits. Otherwise a copy that does: `metadata.is_truncated` is true, `metadata.untruncated_size` has its
 * bytes before, `unmapped.cut` names the fields.
 *
 * @param bytes - the event may have as JSON.
 * @param before - what the caller has cut already, such as the raw record: it is named in the event.
 * @returns undefined if what is never cut is larger than that.
 */
export const cutEvent = <Event extends OcsfEvent>(
  event: Event,
  bytes: number,
  before: readonly string[] = [],
): Event | undefined => {
  const size = bytesOf(event);
  if (size <= bytes && before.length === 0) return event;
  const names = [...before];
  let cut: Json = { ...event, metadata: { ...event.metadata, is_truncated: true, untruncated_size: size } };
  const marked = (): Json => ({ ...cut, unmapped: { ...event.unmapped, cut: names.join(', ') } });
  if (names.length > 0 && bytesOf(marked()) <= bytes) return marked() as unknown as Event;
  for (const { path, keep } of cuts) {
    const shorter = cutAt(cut, path, keep);
    if (!shorter) continue;
    cut = shorter;
    names.push(path.join('.'));
    if (bytesOf(marked()) <= bytes) return marked() as unknown as Event;
  }
  return undefined;
};

const bytesOf = (event: object): number => Buffer.byteLength(JSON.stringify(event));

/** @returns undefined if there is nothing to cut. */
const cutAt = (parent: Json, [name = '', ...rest]: readonly string[], keep: number): Json | undefined => {
  const value = parent[name];
  if (value === undefined) return undefined;
  if (rest.length > 0) {
    const shorter = cutAt(value as Json, rest, keep);
    return shorter && { ...parent, [name]: shorter };
  }
  if (keep === 0) {
    const { [name]: _removed, ...others } = parent;
    return others;
  }
  if (typeof value !== 'string' || value.length <= keep) return undefined;
  return { ...parent, [name]: `${value.slice(0, keep - 1).replace(/[\uD800-\uDBFF]$/, '')}…` };
};
