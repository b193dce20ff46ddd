import { describe, expect, it } from 'vitest';
import { hecError, readHecAnswer } from '../../../lambdas/audit/destinations/splunk-hec-answer.ts';

const answer = (status: number, body: unknown, retryAfterMs?: number) =>
  readHecAnswer({
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

describe('an answer of the collector', () => {
  it.each([
    [401, { text: 'Token is required', code: 2 }, { code: 'unauthorised', retryable: false }],
    [403, { text: 'Invalid token', code: 4 }, { code: 'unauthorised', retryable: false }],
    [403, { text: 'Token disabled', code: 1 }, { code: 'unauthorised', retryable: false }],
    [503, { text: 'Server is busy', code: 9 }, { code: 'busy', retryable: true }],
    [500, { text: 'Internal server error', code: 8 }, { code: 'busy', retryable: true }],
    [429, { text: 'HEC queue is at capacity', code: 26 }, { code: 'busy', retryable: true }],
    [408, '', { code: 'busy', retryable: true }],
    [502, '<html>Bad Gateway</html>', { code: 'busy', retryable: true }],
    [413, '<html>', { code: 'too-large', retryable: false }],
    [
      400,
      { text: 'Invalid data format', code: 6, 'invalid-event-number': 2 },
      { code: 'event-refused', eventNumber: 2 },
    ],
    [
      400,
      { text: 'Event field is required', code: 12, 'invalid-event-number': 0 },
      { code: 'event-refused', eventNumber: 0 },
    ],
    [400, { text: 'Error in handling indexed fields', code: 15, 'invalid-event-number': 1 }, { code: 'event-refused' }],
    [400, { text: 'Incorrect index', code: 7, 'invalid-event-number': 1 }, { code: 'misconfigured', retryable: false }],
    [400, { text: 'Data channel is missing', code: 10 }, { code: 'misconfigured', retryable: false }],
    [400, { text: 'Invalid data format', code: 6 }, { code: 'misconfigured' }],
    [404, '<html>Not Found</html>', { code: 'misconfigured', retryable: false }],
    [302, '', { code: 'misconfigured', retryable: false }],
    [200, '<html>Welcome</html>', { code: 'misconfigured', retryable: false }],
  ])('%i %j is classified', (status, body, expected) => {
    expect(hecError(answer(status, body))).toMatchObject(expected);
  });

  it('keeps how long to wait', () => {
    expect(hecError(answer(503, { text: 'Server is busy', code: 9 }, 2_000)).retryAfterMs).toBe(2_000);
  });

  it('is quoted in the error, with its code', () => {
    expect(hecError(answer(403, { text: 'Invalid token', code: 4 })).message).toBe(
      'the SIEM answered 403 "Invalid token" (code 4)',
    );
  });
});
