import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutEvent } from '../../../../lambdas/audit/normalise/cut-event.ts';
import { normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import { account, apiCall, deniedCall, ordersDb, region } from '../../../_fixtures/cloudtrail.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';

const sizeOf = (event: object) => Buffer.byteLength(JSON.stringify(event));

const large = normaliseRecord(
  deniedCall('BatchGetSecretValue', {
    userAgent: 'agent '.repeat(80),
    errorMessage: 'is not authorized '.repeat(50),
    requestParameters: {
      secretIdList: [ordersDb, 'dev/payments/stripe-key'],
      filters: [{ key: 'name', values: ['é'.repeat(400), 'b'.repeat(400)] }],
    },
    responseElements: { arn: ordersDb },
  }),
  { account, region },
);

describe('an event over the limit of its destination', () => {
  it('stays the same object if it fits', () => {
    expect(cutEvent(large, sizeOf(large))).toBe(large);
  });

  it('loses the user agent first, then the data of answer and request, then error texts and the message', () => {
    const cutAt = (bytes: number) => cutEvent(large, bytes)?.unmapped?.['cut'];
    const orders = new Set(Array.from({ length: sizeOf(large) / 8 }, (_, index) => cutAt(8 * index)));
    expect([...orders].filter((order) => order !== undefined).sort((one, other) => one.length - other.length)).toEqual([
      'http_request.user_agent',
      'http_request.user_agent, api.response.data',
      'http_request.user_agent, api.response.data, api.request.data',
      'http_request.user_agent, api.response.data, api.request.data, api.response.error_message',
      'http_request.user_agent, api.response.data, api.request.data, api.response.error_message, status_detail',
    ]);
  });

  it('keeps ids, time, who, from where, which secrets and the outcome, says what it lost, and stays valid', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sizeOf(large) - 1 }), (bytes) => {
        const cut = cutEvent(large, bytes);
        if (!cut) return;
        const kept = ['time', 'type_uid', 'severity', 'status', 'status_code', 'actor', 'resources', 'src_endpoint'];
        for (const name of kept as (keyof typeof cut)[]) expect(cut[name]).toEqual(large[name]);
        expect(sizeOf(cut)).toBeLessThanOrEqual(bytes);
        expect(cut.metadata).toEqual({ ...large.metadata, is_truncated: true, untruncated_size: sizeOf(large) });
        expect(cut.api).toMatchObject({ operation: 'BatchGetSecretValue', response: { error: 'AccessDenied' } });
        expect(ocsfProblems(cut)).toEqual([]);
      }),
    );
  });

  it('is not given if it can not be cut enough', () => {
    expect(cutEvent(large, 1_000)).toBeUndefined();
  });

  it('is marked if only its raw record was cut', () => {
    const event = normaliseRecord(apiCall('GetSecretValue'), { account, region });
    const cut = cutEvent(event, 100_000, ['raw']);
    expect(cut?.unmapped).toEqual({ cut: 'raw' });
    expect(cut?.http_request).toEqual(event.http_request);
    expect(ocsfProblems(cut)).toEqual([]);
  });

  it('is not changed itself', () => {
    const before = structuredClone(large);
    cutEvent(large, 2_000);
    expect(large).toEqual(before);
  });
});
