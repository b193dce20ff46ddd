import { describe, expect, it } from 'vitest';
import { readOtlpAnswer } from '../../../lambdas/audit/destinations/otlp/otlp-answer.ts';
import type { HttpsAnswer } from '../../../lambdas/audit/destinations/destination.ts';

const json = (status: number, body: unknown): HttpsAnswer => ({
  status,
  contentType: 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const read = (answer: HttpsAnswer) =>
  readOtlpAnswer(answer, 10, { origin: 'https://otlp.example.com', token: 't0ken' });

describe('an answer of an OTLP receiver', () => {
  it.each([
    ['an empty message', json(200, {})],
    ['an empty partial success, as the Collector answers', json(200, { partialSuccess: {} })],
    ['a partial success that is null', json(200, { partialSuccess: null })],
    ['no rejected record', json(200, { partialSuccess: { rejectedLogRecords: 0, errorMessage: 'use a newer SDK' } })],
    ['no rejected record, as a text', json(200, { partialSuccess: { rejectedLogRecords: '0' } })],
    ['unknown fields', json(200, { other: 1 })],
    ['an empty message in the binary encoding', { status: 200, contentType: 'application/x-protobuf', body: '' }],
  ])('confirms the records with %s', (_, answer) => {
    expect(read(answer)).toBeUndefined();
  });

  it.each([
    ['a number', 3],
    ['a text', '3'],
  ])('refuses the records with the number of rejected ones as %s', (_, rejectedLogRecords) => {
    const reason = read(json(200, { partialSuccess: { rejectedLogRecords, errorMessage: 'too old\nt0ken' } }));
    expect(reason).toBe('https://otlp.example.com rejected 3 of 10 records, and does not say which: "too old ***"');
  });

  it.each([
    ['no body', json(200, '')],
    ['an array', json(200, [])],
    ['HTML', { status: 200, contentType: 'text/html', body: '<html>' }],
    ['no content type', { status: 200, body: '{}' }],
    ['binary content', { status: 200, contentType: 'application/x-protobuf', body: '\n\u0002\b\u0001' }],
    ['a text as partial success', json(200, { partialSuccess: 'none' })],
    ['a number of records that is none', json(200, { partialSuccess: { rejectedLogRecords: 'some' } })],
    ['a negative number of records', json(200, { partialSuccess: { rejectedLogRecords: -1 } })],
    ['202', json(202, {})],
    ['204', { status: 204, body: '' }],
  ])('is not that of an OTLP receiver with %s', (_, answer) => {
    expect(() => read(answer)).toThrow(expect.objectContaining({ code: 'misconfigured' }));
  });

  it.each([
    [401, 'unauthorised', false],
    [403, 'unauthorised', false],
    [404, 'misconfigured', false],
    [405, 'misconfigured', false],
    [408, 'misconfigured', false],
    [413, 'too-large', false],
    [415, 'misconfigured', false],
    [429, 'busy', true],
    [500, 'misconfigured', false],
    [501, 'misconfigured', false],
    [502, 'busy', true],
    [503, 'busy', true],
    [504, 'busy', true],
    [507, 'misconfigured', false],
  ])('with %i is %s, which can be retried: %s', (status, code, retryable) => {
    const answer = { ...json(status, { message: 'no' }), retryAfterMs: 5_000 };
    expect(() => read(answer)).toThrow(
      expect.objectContaining({
        code,
        retryable,
        retryAfterMs: 5_000,
        message: `https://otlp.example.com answered ${status} "no"`,
      }),
    );
  });

  it('with 400 refuses the records', () => {
    expect(read(json(400, { message: 'cannot decode' }))).toBe('https://otlp.example.com answered 400 "cannot decode"');
  });
});
