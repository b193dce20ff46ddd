/**
 * The answers of Splunk's HTTP Event Collector, by their code:
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 */

export interface HecReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const replies = {
  success: [200, 0, 'Success'],
  tokenRequired: [401, 2, 'Token is required'],
  invalidAuthorization: [401, 3, 'Invalid authorization'],
  invalidToken: [403, 4, 'Invalid token'],
  noData: [400, 5, 'No data'],
  invalidDataFormat: [400, 6, 'Invalid data format'],
  incorrectIndex: [400, 7, 'Incorrect index'],
  internalError: [500, 8, 'Internal server error'],
  busy: [503, 9, 'Server is busy'],
  channelMissing: [400, 10, 'Data channel is missing'],
  invalidChannel: [400, 11, 'Invalid data channel'],
  eventRequired: [400, 12, 'Event field is required'],
  eventBlank: [400, 13, 'Event field cannot be blank'],
  ackDisabled: [400, 14, 'ACK is disabled'],
  indexedFields: [400, 15, 'Error in handling indexed fields'],
  queryStringAuthorization: [400, 16, 'Query string authorization is not enabled'],
  healthy: [200, 17, 'HEC is healthy'],
  unhealthy: [503, 18, 'HEC is unhealthy, queues are full'],
  notFound: [404, 404, 'The requested URL was not found on this server.'],
  tooLarge: [413, 413, 'Content-Length too large'],
  unsupportedEncoding: [415, 415, 'Unsupported Content-Encoding'],
  methodNotAllowed: [405, 404, 'The requested URL was not found on this server.'],
} as const satisfies Record<string, readonly [status: number, code: number, text: string]>;

export type HecReplyName = keyof typeof replies;

/** @param more fields in addition to `text` and `code`: `ackId`, `invalid-event-number`. */
export const hecReply = (name: HecReplyName, more: Readonly<Record<string, unknown>> = {}): HecReply => {
  const [status, code, text] = replies[name];
  return { status, body: { text, code, ...more } };
};

/** A request that the collector refuses; carries the answer. */
export class HecRefusal extends Error {
  readonly reply: HecReply;

  constructor(name: HecReplyName, more?: Readonly<Record<string, unknown>>) {
    super(replies[name][2]);
    this.reply = hecReply(name, more);
  }
}
