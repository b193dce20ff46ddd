import { MongoNetworkError, MongoNetworkTimeoutError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { classify, isUnsupported } from '../../../lambdas/databases/mongo/classify.ts';

const refusal = (code: number, errmsg = 'no') => new MongoServerError({ ok: 0, code, errmsg, message: errmsg });
const changing = { secrets: [], changing: true };

describe('classify', () => {
  it.each([
    { code: 18, kind: 'auth', retryable: false, uncertain: false },
    { code: 334, kind: 'locked', retryable: false, uncertain: false },
    { code: 13, kind: 'privilege', retryable: false, uncertain: false },
    { code: 10107, kind: 'network', retryable: true, uncertain: false },
    { code: 13435, kind: 'network', retryable: true, uncertain: false },
    { code: 189, kind: 'network', retryable: true, uncertain: true },
    { code: 91, kind: 'network', retryable: true, uncertain: true },
    { code: 11600, kind: 'network', retryable: true, uncertain: true },
    { code: 11602, kind: 'network', retryable: true, uncertain: true },
    { code: 64, kind: 'network', retryable: true, uncertain: true },
    { code: 51003, kind: 'unknown', retryable: true, uncertain: false },
    { code: 31, kind: 'unknown', retryable: false, uncertain: false },
  ])('calls $code of a change $kind', ({ code, ...expected }) => {
    expect(classify(refusal(code), 'change', changing)).toMatchObject(expected);
  });

  it('is certain of a question whose answer is lost', () => {
    expect(classify(new MongoNetworkTimeoutError('timed out'), 'ask', { secrets: [] }).uncertain).toBe(false);
    expect(classify(new MongoNetworkTimeoutError('timed out'), 'change', changing).uncertain).toBe(true);
  });

  it('looks at what a network failure was caused by', () => {
    const untrusted = Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const error = new MongoNetworkError('self-signed', { cause: untrusted });
    expect(classify(error, 'log in', { secrets: [] })).toMatchObject({ kind: 'tls', retryable: false });
    const unsure = new MongoServerSelectionError('no server', error as never);
    expect(classify(unsure, 'log in', { secrets: [] })).toMatchObject({ kind: 'tls' });
  });

  it('quotes neither a document nor a password', () => {
    const quoted = refusal(13, 'not authorized for canary to execute command { updateUser: "app", pwd: "canary" }');
    const error = classify(quoted, 'run updateUser', { secrets: ['canary'] });
    expect(error.message).toContain('not authorized for *** to execute command {…}');
    expect(JSON.stringify([error, error.cause])).not.toContain('canary');
  });

  it('says the same of what is not the driver’s', () => {
    expect(classify('broken', 'ask', { secrets: [] })).toMatchObject({ kind: 'unknown', retryable: false });
  });
});

it('knows the answers of servers that lack something', () => {
  const of = (code: number) => isUnsupported(classify(refusal(code), 'ask', { secrets: [] }));
  expect([59, 303, 238, 40415].map(of)).toEqual([true, true, true, true]);
  expect([13, 18, 11].map(of)).toEqual([false, false, false]);
});
