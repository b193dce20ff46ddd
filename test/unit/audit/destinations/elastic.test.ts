import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type {
  DestinationParts,
  HttpsAnswer,
  HttpsRequest,
  OutgoingEvent,
} from '../../../../lambdas/audit/destinations/destination.ts';
import { createElastic } from '../../../../lambdas/audit/destinations/elastic/index.ts';
import type { ElasticSettings } from '../../../../lib/contract/index.ts';

const time = Date.UTC(2026, 10, 30);

const event = (id: string, document: Readonly<Record<string, unknown>> = {}): OutgoingEvent => ({
  id,
  time,
  severity: 1,
  document,
  json: JSON.stringify(document),
});

interface Sent {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
}

interface Scene {
  readonly settings?: Partial<ElasticSettings>;
  readonly secret?: Readonly<Record<string, string>>;
}

/** The destination, and a server that gives this answer. */
const scene = (answer: Partial<HttpsAnswer> | object[], { settings, secret = { apiKey: 'a2V5' } }: Scene = {}) => {
  const sent: Sent[] = [];
  const request: HttpsRequest = (url, { body, headers }) => {
    const text = gunzipSync(body).toString('utf8');
    expect(text.endsWith('\n')).toBe(true);
    sent.push({ url, headers, lines: text.slice(0, -1).split('\n') });
    return Promise.resolve(
      Array.isArray(answer)
        ? { status: 200, contentType: 'application/json', body: JSON.stringify({ errors: true, items: answer }) }
        : { status: 200, contentType: 'application/json', body: '', ...answer },
    );
  };
  const parts: DestinationParts = {
    environment: 'dev',
    secret: { read: () => Promise.resolve(secret), reread: () => Promise.resolve(secret) },
    request,
    authorities: [],
    now: () => Date.UTC(2026, 11, 1),
  };
  const destination = createElastic(
    {
      type: 'elasticsearch',
      name: 'siem',
      url: 'https://es.example.com:9200',
      index: 'audit',
      login: 'api-key',
      view: 'ecs',
      raw: false,
      ...settings,
    },
    parts,
  );
  const send = (...events: readonly OutgoingEvent[]) => destination.send(events, new AbortController().signal);
  return { send, sent };
};

const created = (id: string) => ({ create: { _id: id, status: 201 } });
const failed = (id: string, status: number, type: string, reason = 'a reason') => ({
  create: { _id: id, status, error: { type, reason } },
});

describe('a request to _bulk', () => {
  it('only creates, under the ids of the events', async () => {
    const { send, sent } = scene([created('a'), created('b')]);
    await send(event('a', { '@timestamp': 'its own', n: 1 }), event('b', { n: 2 }));
    expect(sent).toMatchObject([
      {
        url: new URL(
          'https://es.example.com:9200/audit/_bulk?filter_path=errors%2Citems.*._id%2Citems.*.status%2Citems.*.error.type%2Citems.*.error.reason',
        ),
        headers: {
          authorization: 'ApiKey a2V5',
          'content-type': 'application/x-ndjson',
          'content-encoding': 'gzip',
        },
        lines: [
          '{"create":{"_id":"a"}}',
          '{"@timestamp":"its own","n":1}',
          '{"create":{"_id":"b"}}',
          '{"@timestamp":"2026-11-30T00:00:00.000Z","n":2}',
        ],
      },
    ]);
  });

  it('is not made for no events', async () => {
    const { send, sent } = scene([]);
    expect(await send()).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('has two lines for each event, whatever its JSON looks like', async () => {
    const { send, sent } = scene([created('a'), created('b')]);
    const document = { text: 'one\ntwo\u2028\uD800' };
    await send({ ...event('a', document), json: JSON.stringify(document, null, 2) }, event('b'));
    const lines = sent.flatMap((one) => one.lines);
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { create: { _id: 'a' } },
      { '@timestamp': '2026-11-30T00:00:00.000Z', ...document },
      { create: { _id: 'b' } },
      { '@timestamp': '2026-11-30T00:00:00.000Z' },
    ]);
  });

  it.each(['', 'x'.repeat(513), 'line\nbreak', '\uD800', 'ü'])(
    'has the same hash in place of an id that can not be one: %j',
    async (id) => {
      const hashed = /^\{"create":\{"_id":"(sha256-[0-9a-f]{64})"\}\}$/;
      const { send, sent } = scene({});
      await expect(send(event(id))).rejects.toMatchObject({ code: 'misconfigured' });
      await expect(send(event(id))).rejects.toMatchObject({ code: 'misconfigured' });
      const ids = sent.map(({ lines }) => hashed.exec(lines[0] ?? '')?.[1]);
      expect(ids[0]).toBeDefined();
      expect(ids[0]).toBe(ids[1]);
      const [first = ''] = ids;
      expect(await scene([created(first)]).send(event(id))).toEqual([{ status: 'delivered' }]);
    },
  );

  it.each([NaN, -1, Infinity, 8.64e15])('takes the time of the attempt for an event of the time %d', async (wrong) => {
    const { send, sent } = scene([created('a')]);
    await send({ ...event('a'), time: wrong });
    expect(sent[0]?.lines[1]).toBe('{"@timestamp":"2026-12-01T00:00:00.000Z"}');
  });

  it('keeps the path of the address', async () => {
    const { send, sent } = scene([created('a')], { settings: { url: 'https://proxy.example.com/es', index: 'a b' } });
    await send(event('a'));
    expect(sent[0]?.url.pathname).toBe('/es/a%20b/_bulk');
  });

  it('has a user name and password in UTF-8', async () => {
    const { send, sent } = scene([created('a')], {
      settings: { type: 'opensearch', login: 'password' },
      secret: { username: 'writer', password: 'pä:ss' },
    });
    await send(event('a'));
    expect(sent[0]?.headers['authorization']).toBe(`Basic ${Buffer.from('writer:pä:ss').toString('base64')}`);
  });

  it.each([
    ['api-key', { apiKey: 'line\nbreak' }],
    ['api-key', {}],
    ['password', { username: 'a:b', password: 'hidden' }],
    ['password', { username: '', password: 'hidden' }],
    ['password', { username: 'a' }],
  ] as const)('is not made with a login by %s from a secret like %j', async (login, secret) => {
    const { send, sent } = scene([created('a')], { settings: { login }, secret });
    await expect(send(event('a'))).rejects.toMatchObject({ code: 'secret-invalid' });
    await expect(send(event('a'))).rejects.not.toThrow(/hidden|line/);
    expect(sent).toEqual([]);
  });
});

describe('an answer of _bulk', () => {
  const documentError = (type: string, reason?: string) => [400, type, reason] as const;

  it('of 200 is read event by event', async () => {
    const { send } = scene([
      created('a'),
      failed('b', 409, 'version_conflict_engine_exception'),
      failed('c', 429, 'es_rejected_execution_exception', 'rejected execution'),
      failed('d', 400, 'mapper_parsing_exception', 'failed to parse'),
      failed('e', 503, 'unavailable_shards_exception', 'primary shard is not active'),
    ]);
    expect(await send(...['a', 'b', 'c', 'd', 'e'].map((id) => event(id)))).toEqual([
      { status: 'delivered' },
      { status: 'delivered' },
      {
        status: 'retry',
        reason: 'Elasticsearch answered 429 for the event "es_rejected_execution_exception: rejected execution"',
      },
      {
        status: 'refused',
        reason: 'Elasticsearch answered 400 for the event "mapper_parsing_exception: failed to parse"',
      },
      {
        status: 'retry',
        reason: 'Elasticsearch answered 503 for the event "unavailable_shards_exception: primary shard is not active"',
      },
    ]);
  });

  it.each([
    documentError('document_parsing_exception'),
    documentError('strict_dynamic_mapping_exception'),
    documentError('illegal_argument_exception', 'Document contains at least one immense term in field="x"'),
    documentError('illegal_argument_exception', 'Limit of total fields [1000] has been exceeded'),
    [413, 'circuit_breaking_exception', 'too large'] as const,
  ])('that refuses one event with %i %s refuses that event alone', async (status, type, reason) => {
    const { send } = scene([created('a'), failed('b', status, type, reason)]);
    expect(await send(event('a'), event('b'))).toMatchObject([{ status: 'delivered' }, { status: 'refused' }]);
  });

  it.each([
    [404, 'index_not_found_exception', 'misconfigured'],
    [403, 'cluster_block_exception', 'misconfigured'],
    [403, 'security_exception', 'unauthorised'],
    [401, 'security_exception', 'unauthorised'],
    [400, 'invalid_index_name_exception', 'misconfigured'],
    [400, 'illegal_argument_exception', 'misconfigured'],
    [418, 'unknown_exception', 'misconfigured'],
  ])('with %i %s is about all events: %s', async (status, type, code) => {
    const { send } = scene([created('a'), failed('b', status, type, 'pipeline with id [x] does not exist')]);
    await expect(send(event('a'), event('b'))).rejects.toMatchObject({
      code,
      message: `Elasticsearch answered ${status} for the event "${type}: pipeline with id [x] does not exist": check the index audit, and what the login may do`,
    });
  });

  it('has no part of the event in a reason', async () => {
    const { send } = scene([
      failed(
        'a',
        400,
        'mapper_parsing_exception',
        "failed to parse field [n] of type [long]. Preview of field's value: 'planted'",
      ),
      failed(
        'b',
        400,
        'illegal_argument_exception',
        'immense term in field="k". The prefix of the first immense term is: [112]',
      ),
    ]);
    expect(await send(event('a'), event('b'))).toEqual([
      {
        status: 'refused',
        reason:
          'Elasticsearch answered 400 for the event "mapper_parsing_exception: failed to parse field [n] of type [long]."',
      },
      {
        status: 'refused',
        reason: 'Elasticsearch answered 400 for the event "illegal_argument_exception: immense term in field="k"."',
      },
    ]);
  });

  it('has no credential in a message', async () => {
    const { send } = scene([failed('a', 403, 'security_exception', 'ApiKey a2V5 and a2V5 are refused')]);
    await expect(send(event('a'))).rejects.not.toThrow(/a2V5/);
  });

  it.each([
    ['fewer items', [created('a')]],
    ['more items', [created('a'), created('b'), created('c')]],
    ['items in another order', [created('b'), created('a')]],
    ['an item of another action', [created('a'), { index: { _id: 'b', status: 201 } }]],
    ['an item without a status', [created('a'), { create: { _id: 'b' } }]],
    ['an item that is not an object', [created('a'), 7 as unknown as object]],
  ])('with %s is not trusted', async (_, items) => {
    await expect(scene(items).send(event('a'), event('b'))).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it.each(['', '{}', '[]', 'null', '{"items":{}}', '{"errors":false}', '{"items":[', '"items"'])(
    'of 200 with the body %s is not that of _bulk',
    async (body) => {
      await expect(scene({ body }).send(event('a'))).rejects.toMatchObject({
        code: 'misconfigured',
        message: 'Elasticsearch answered 200 "the answer is not that of _bulk"',
      });
    },
  );

  it('does not count a success with an error', async () => {
    const { send } = scene([failed('a', 201, 'strange_exception')]);
    await expect(send(event('a'))).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('for the whole request says why', async () => {
    const body = JSON.stringify({ error: { type: 'security_exception', reason: 'missing a2V5' }, status: 401 });
    await expect(scene({ status: 401, body }).send(event('a'))).rejects.toMatchObject({
      code: 'unauthorised',
      message: 'Elasticsearch answered 401 "security_exception: missing ***"',
    });
  });
});
