/**
 * Sends events to the `_bulk` API of Elasticsearch and OpenSearch. An event has its id as `_id` and is only ever created,
 * so that a repeated one is not a second document: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
import { Buffer } from 'node:buffer';
import type { ElasticSettings } from '../../../../lib/contract/index.ts';
import { asciiCredential, withCredential } from '../credential.ts';
import { DestinationError, type Destination, type DestinationParts, type OutgoingEvent } from '../destination.ts';
import { gzipJson } from '../gzip.ts';
import { readBulkAnswer } from './bulk-answer.ts';
import { bulkBody, documentId } from './bulk-body.ts';

type SecretValue = Readonly<Record<string, string>>;

/** The answer without it has the whole error of each event, with a stack of causes. */
const answerFields = ['errors', 'items.*._id', 'items.*.status', 'items.*.error.type', 'items.*.error.reason'];

export const createElastic = (settings: ElasticSettings, parts: DestinationParts): Destination => {
  const url = bulkUrl(settings);
  const who = settings.type === 'elasticsearch' ? 'Elasticsearch' : 'OpenSearch';
  const send = async (events: readonly OutgoingEvent[], value: SecretValue, signal: AbortSignal) => {
    const authorization = authorizationOf(settings, value);
    const { body, headers } = await gzipJson(bulkBody(events, parts.now()));
    const answer = await parts.request(url, {
      body,
      headers: { ...headers, 'content-type': 'application/x-ndjson', authorization },
      signal,
    });
    const ids = events.map(documentId);
    const credentials = [authorization, ...Object.values(value)];
    return readBulkAnswer(answer, { who, index: settings.index, ids, credentials });
  };
  return {
    limits: { batchEvents: 1_000, batchBytes: 5_000_000, eventBytes: 1_000_000 },
    send: async (events, signal) => {
      if (events.length === 0) return [];
      return withCredential(parts.secret, signal, (value) => send(events, value, signal));
    },
  };
};

/** The address may have a path, as behind a proxy. */
const bulkUrl = ({ url, index }: ElasticSettings): URL => {
  const address = new URL(`${encodeURIComponent(index)}/_bulk`, url.endsWith('/') ? url : `${url}/`);
  address.searchParams.set('filter_path', answerFields.join(','));
  return address;
};

/** @throws DestinationError `secret-invalid`, without the value. */
const authorizationOf = ({ login }: ElasticSettings, value: SecretValue): string => {
  if (login === 'api-key') return `ApiKey ${asciiCredential(value, 'apiKey')}`;
  const { username, password } = value;
  // RFC 7617: the name ends at the first colon.
  if (!username || !password || username.includes(':')) {
    throw new DestinationError(
      'secret-invalid',
      "the destination's secret must have a username without a colon, and a password",
    );
  }
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
};
