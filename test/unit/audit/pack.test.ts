import { describe, expect, it } from 'vitest';
import { packEvents, packLimits, readPack, type PackedEvent } from '../../../lambdas/audit/queues/pack.ts';
import { normalise, normaliseRecord } from '../../../lambdas/audit/normalise/normalise.ts';
import { rawRecord } from '../../../lambdas/audit/normalise/raw-record.ts';
import { account, apiCall, eventBridge, region, type JsonRecord } from '../../_fixtures/cloudtrail.ts';

const packed = (eventID: string, more: JsonRecord = {}): PackedEvent => ({
  event: normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID, ...more })))),
});
const ids = (events: readonly PackedEvent[]) => events.map(({ event }) => event.metadata.uid);
const many = (count: number) => Array.from({ length: count }, (_, index) => packed(`event-${index}`));

describe('events in packs', () => {
  it('come out as they went in, in their order', () => {
    const events = many(3).map((one, index) => (index === 1 ? { ...one, raw: '{"a":"\\u0000"}' } : one));
    const { messages, cut } = packEvents(events, { attempts: 2 });
    expect(cut).toEqual([]);
    expect(messages.map((message) => readPack(message))).toEqual([{ events, attempts: 2 }]);
  });

  it('are at most 100 per message', () => {
    const { messages } = packEvents(many(250));
    expect(messages.map((message) => readPack(message).events.length)).toEqual([100, 100, 50]);
    expect(messages.flatMap((message) => ids(readPack(message).events))).toEqual(ids(many(250)));
  });

  it('are at most 200,000 bytes per message', () => {
    const events = many(30).map((one) => ({ ...one, raw: 'é'.repeat(20_000) }));
    const { messages, cut } = packEvents(events);
    expect(cut).toEqual([]);
    expect(Math.max(...messages.map((message) => Buffer.byteLength(message)))).toBeLessThanOrEqual(packLimits.bytes);
    expect(messages.flatMap((message) => readPack(message).events)).toEqual(events);
  });

  it('leave no message for no events', () => {
    expect(packEvents([])).toEqual({ messages: [], members: [], cut: [] });
  });

  it('that are too large for a message are cut, and their originals handed over', () => {
    const large = { ...packed('large'), raw: 'x'.repeat(300_000) };
    const { messages, cut } = packEvents([packed('a'), large, packed('b')]);
    expect(cut).toEqual([large]);
    const events = messages.flatMap((message) => readPack(message).events);
    expect(ids(events)).toEqual(['a', 'large', 'b']);
    expect(events[1]).toMatchObject({ event: { cloud: large.event.cloud, unmapped: { cut: 'raw' } } });
    expect(events[1]).not.toHaveProperty('raw');
  });

  it('hold no character that SQS refuses', () => {
    const odd = { ...packed('odd'), raw: '\uFFFE \uFFFF \uD800 \u0000 \u001b[31m \r\n' };
    const [message = ''] = packEvents([odd]).messages;
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    expect(message).toMatch(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
    expect(readPack(message).events).toEqual([odd]);
  });

  it.each([
    ['not JSON', 'The message is not valid JSON'],
    ['null', /^The pack is not valid: it is null/],
    ['{"events":[],"attempts":0}', /events must not be empty|events must have at least 1 item/],
    ['{"events":[{"event":{}}],"attempts":0}', /^The pack is not valid: events\.0\.event\.class_uid is missing/],
    ['{"events":[null],"attempts":0}', /events\.0 is null/],
    [JSON.stringify({ events: [packed('a')], attempts: -1 }), /attempts/],
    [JSON.stringify({ events: [packed('a')], attempts: 0, secret: 'x' }), /unknown key secret/],
  ])('case %#: what is not a pack is refused', (body, message) => {
    expect(() => readPack(body)).toThrow(message);
  });
});

describe('a record with texts as long as it can have', () => {
  const long = 'é'.repeat(200_000);
  const arn = (name: string): string => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/${name}-AbCdEf`;
  it.each([
    ['a user agent', { userAgent: long }],
    ['names and errors', { requestID: long, errorCode: long, errorMessage: long }],
    ['3,000 secrets', { resources: Array.from({ length: 3_000 }, (_, index) => ({ ARN: arn(`db-${index}`) })) }],
    ['an identity', { userIdentity: { type: 'AssumedRole', principalId: long, arn: long, accessKeyId: long } }],
    ['a request', { requestParameters: { secretId: long, filters: [{ key: long, values: [long, long] }] } }],
  ])('makes an event that fits into a message, with %s', (_what, more) => {
    const detail = apiCall('BatchGetSecretValue', more);
    const whole = { event: normaliseRecord(detail, { account, region }), raw: rawRecord(detail) };
    expect(packEvents([whole]).cut).toEqual([]);
  });
});
