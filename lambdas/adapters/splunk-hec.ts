/**
 * Sends OCSF events to Splunk's HTTP Event Collector:
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/http-event-collector-examples
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SiemDestinationValue } from '../../lib/contract/index.ts';
import type { ApiActivity } from '../audit/ocsf.ts';
import { SiemError } from '../audit/siem.ts';
import type { Siem } from '../audit/siem.ts';
import { readHecAnswer, hecError } from './splunk-hec-answer.ts';
import type { HecAnswer } from './splunk-hec-answer.ts';
import type { HttpsPost } from './https-post.ts';
import type { SiemDestination } from './siem-destination.ts';

export interface SplunkHecOptions {
  /** Where address and token come from. */
  readonly destination: SiemDestination;
  /** Splunk index. */
  readonly index: string;
  /** Name of the environment, sent as `host`. */
  readonly environment: string;
  /** UUID of this sender's channel, which indexer acknowledgement needs. */
  readonly channel: string;
  readonly post: HttpsPost;
  /** Time between two questions whether events are indexed, where the token has acknowledgement. @default 1000 */
  readonly acknowledgementPollMs?: number;
}

const compress = promisify(gzip);

/** A refused token is read once more, for it may have been replaced since it was cached. */
export const createSplunkHec = (options: SplunkHecOptions): Siem => ({
  send: async (events, signal) => {
    const destination = await options.destination.read(signal);
    try {
      await deliver(events, destination, options, signal);
    } catch (error) {
      if (!(error instanceof SiemError) || error.code !== 'unauthorised') throw error;
      const reread = await options.destination.reread(signal);
      if (reread.token === destination.token && reread.url === destination.url) throw error;
      await deliver(events, reread, options, signal);
    }
  },
});

const deliver = async (
  events: readonly ApiActivity[],
  destination: SiemDestinationValue,
  options: SplunkHecOptions,
  signal: AbortSignal,
): Promise<void> => {
  const body = await compress(events.map((event) => JSON.stringify(envelope(event, options))).join('\n'));
  const answer = await call(
    '/services/collector/event',
    body,
    { 'content-encoding': 'gzip' },
    destination,
    options,
    signal,
  );
  if (answer.status !== 200 || answer.code !== 0) throw hecError(answer);
  if (answer.ackId !== undefined) await acknowledged(answer.ackId, destination, options, signal);
};

const envelope = (event: ApiActivity, { index, environment }: SplunkHecOptions) => ({
  time: event.time / 1000,
  host: environment,
  source: 'strongroom',
  sourcetype: 'ocsf:api_activity',
  index,
  event,
});

/** Splunk answers before it has indexed; a token with acknowledgement tells when it has. */
const acknowledged = async (
  ackId: number,
  destination: SiemDestinationValue,
  options: SplunkHecOptions,
  signal: AbortSignal,
): Promise<void> => {
  const body = JSON.stringify({ acks: [ackId] });
  for (;;) {
    const answer = await call('/services/collector/ack', body, {}, destination, options, signal);
    if (answer.status !== 200) throw hecError(answer);
    if (answer.acks?.[String(ackId)] === true) return;
    try {
      await sleep(options.acknowledgementPollMs ?? 1_000, undefined, { signal });
    } catch (cause) {
      throw new SiemError(
        'unacknowledged',
        'the SIEM took the events but did not confirm in time that they are indexed',
        {
          cause,
        },
      );
    }
  }
};

const call = async (
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
  { url, token }: SiemDestinationValue,
  { channel, post }: SplunkHecOptions,
  signal: AbortSignal,
): Promise<HecAnswer> =>
  readHecAnswer(
    await post(new URL(path, url), {
      body,
      headers: {
        ...headers,
        authorization: `Splunk ${token}`,
        'content-type': 'application/json',
        'x-splunk-request-channel': channel,
      },
      signal,
    }),
  );
