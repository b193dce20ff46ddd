/**
 * Sends OCSF events to Splunk's HTTP Event Collector:
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/http-event-collector-examples
 */
import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ConstantBackoff, handleWhenResult, retry } from 'cockatiel';
import type { ApiActivity } from '../normalise/ocsf.ts';
import { SiemError, type Siem } from '../deliver/siem.ts';
import { readHecAnswer, hecError, type HecAnswer } from './splunk-hec-answer.ts';
import type { HttpsPost } from './https-post.ts';
import type { SiemToken } from './siem-token.ts';

export interface SplunkHecOptions {
  /** Base address of the collector, by the catalog. */
  readonly url: string;
  /** Where the token comes from. */
  readonly token: SiemToken;
  /** Splunk index. */
  readonly index: string;
  /** Splunk source type. */
  readonly sourceType: string;
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
    const token = await options.token.read(signal);
    try {
      await deliver(events, token, options, signal);
    } catch (error) {
      if (!(error instanceof SiemError) || error.code !== 'unauthorised') throw error;
      const reread = await options.token.reread(signal);
      if (isSame(reread, token)) throw error;
      await deliver(events, reread, options, signal);
    }
  },
});

const isSame = (one: string, other: string): boolean => {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
};

const deliver = async (
  events: readonly ApiActivity[],
  token: string,
  options: SplunkHecOptions,
  signal: AbortSignal,
): Promise<void> => {
  const body = await compress(events.map((event) => JSON.stringify(envelope(event, options))).join('\n'));
  const headers = { 'content-encoding': 'gzip' };
  const answer = await call('/services/collector/event', body, headers, token, options, signal);
  if (answer.status !== 200 || answer.code !== 0) throw hecError(answer);
  if (answer.ackId !== undefined) await acknowledged(answer.ackId, token, options, signal);
};

const envelope = (event: ApiActivity, { index, sourceType, environment }: SplunkHecOptions) => ({
  time: event.time / 1000,
  host: environment,
  source: 'strongroom',
  sourcetype: sourceType,
  index,
  event,
});

/** Splunk answers before it has indexed. With indexer acknowledgement it can be asked whether it has, until the attempt ends. */
const acknowledged = async (
  ackId: number,
  token: string,
  options: SplunkHecOptions,
  signal: AbortSignal,
): Promise<void> => {
  const body = JSON.stringify({ acks: [ackId] });
  const isIndexed = async (): Promise<boolean> => {
    if (signal.aborted) return false;
    const answer = await call('/services/collector/ack', body, {}, token, options, signal);
    if (answer.status !== 200) throw hecError(answer);
    return answer.acks?.[String(ackId)] === true;
  };
  const poll = retry(
    handleWhenResult((indexed) => indexed === false),
    { maxAttempts: Infinity, backoff: new ConstantBackoff(options.acknowledgementPollMs ?? 1_000) },
  );
  if (await poll.execute(isIndexed, signal)) return;
  throw new SiemError(
    'unacknowledged',
    'The SIEM accepted the events but did not confirm in time that they are indexed',
  );
};

const call = async (
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
  token: string,
  { url, channel, post }: SplunkHecOptions,
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
