import { describe, expect, it } from 'vitest';

import { createFaultsRoute } from '../../../local/gateway/faults/faults-route.ts';
import { createFaults } from '../../../local/gateway/faults/faults.ts';
import { DroppedConnection } from '../../../local/gateway/pipeline.ts';
import type { AwsRequest, AwsResponse } from '../../../local/gateway/request.ts';
import { errorOf, jsonCall, serviceCall } from '../../../local/gateway/service-call.ts';
import { httpMessage } from '../../../local/gateway/wire/http-message.ts';

const scope = { account: '111122223333', region: 'eu-west-1' };
const put = (input: Record<string, unknown> = {}): AwsRequest =>
  jsonCall(scope, 'test', 'secretsmanager', 'PutSecretValue', input);
const answer: AwsResponse = { status: 200, headers: {}, body: Buffer.from('{}') };

describe('a fault', () => {
  it('meets the calls that fit, as often as it should', async () => {
    const faults = createFaults();
    const fault = faults.inject({
      service: 'secretsmanager',
      operation: 'PutSecretValue',
      match: { SecretId: 'a', VersionStages: ['AWSPENDING'] },
      kind: 'throttle',
      times: 2,
    });
    const fitting = put({ SecretId: 'a', VersionStages: ['AWSPENDING', 'BLUE'] });

    expect(await faults.hooks.before?.(put({ SecretId: 'b', VersionStages: ['AWSPENDING'] }))).toBeUndefined();
    expect(await faults.hooks.before?.(put({ SecretId: 'a' }))).toBeUndefined();
    const met = [await faults.hooks.before?.(fitting), await faults.hooks.before?.(fitting)];
    expect(await faults.hooks.before?.(fitting)).toBeUndefined();

    expect(met.map((response) => response && errorOf(response).code)).toEqual([
      'ThrottlingException',
      'ThrottlingException',
    ]);
    expect(fault.met()).toBe(2);
    expect(faults.waiting()).toEqual([]);
  });

  it('comes in the order in which it was injected', async () => {
    const faults = createFaults();
    const where = { service: 'secretsmanager', operation: 'PutSecretValue' };
    faults.inject({ ...where, kind: 'server-error' });
    faults.inject({ ...where, kind: 'throttle' });

    expect((await faults.hooks.before?.(put()))?.status).toBe(500);
    expect((await faults.hooks.before?.(put()))?.status).toBe(400);
  });

  it('ends the connection before the effect, or after it', async () => {
    const faults = createFaults();
    const where = { service: 'secretsmanager', operation: 'PutSecretValue' };

    faults.inject({ ...where, kind: 'timeout-after' });
    expect(await faults.hooks.before?.(put())).toBeUndefined();
    await expect(faults.hooks.after?.(put(), answer)).rejects.toBeInstanceOf(DroppedConnection);
    faults.inject({ ...where, kind: 'timeout-before' });
    await expect(faults.hooks.before?.(put())).rejects.toBeInstanceOf(DroppedConnection);
    expect(await faults.hooks.after?.(put(), answer)).toBe(answer);
  });

  it('throttles each service in its own words and protocol', async () => {
    const faults = createFaults();
    faults.inject({ service: 'rds', operation: 'DescribeDBInstances', kind: 'throttle' });
    const request = serviceCall({
      ...scope,
      principal: 'test',
      service: 'rds',
      operation: 'DescribeDBInstances',
      input: {},
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.alloc(0),
    });

    const response = await faults.hooks.before?.(request);

    expect(response?.body.toString()).toContain('<Code>Throttling</Code>');
  });

  it('is removed on its own, or with all others', async () => {
    const faults = createFaults();
    const where = { service: 'secretsmanager', operation: 'PutSecretValue', kind: 'throttle' as const };
    const first = faults.inject({ ...where, times: 5 });
    faults.inject(where);

    first.remove();
    expect(faults.waiting()).toHaveLength(1);
    faults.clear();
    expect(await faults.hooks.before?.(put())).toBeUndefined();
  });

  it('makes the reads of a secret stale, and no other call', () => {
    const faults = createFaults();
    faults.inject({ service: 'secretsmanager', operation: 'GetSecretValue', kind: 'stale-read' });
    const read = jsonCall(scope, 'test', 'secretsmanager', 'GetSecretValue', {});

    expect([faults.isStaleRead(read), faults.isStaleRead(read)]).toEqual([true, false]);
    expect(() => faults.inject({ service: 'secretsmanager', operation: 'PutSecretValue', kind: 'stale-read' })).toThrow(
      /is for secretsmanager GetSecretValue, .* \(got secretsmanager PutSecretValue\)/,
    );
  });
});

describe('the control address of faults', () => {
  const call = async (
    method: string,
    body = '',
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => {
    const faults = createFaults();
    const response = await createFaultsRoute(faults).handle(
      httpMessage({ method, url: '/_strongroom/faults', headers, body: Buffer.from(body) }),
    );
    return { status: response.status, body: JSON.parse(response.body.toString()) as Record<string, unknown>, faults };
  };

  it('injects what it is sent', async () => {
    const fault = { service: 'kms', operation: 'Decrypt', kind: 'server-error', times: 3 };

    const { status, faults } = await call('POST', JSON.stringify(fault));

    expect(status).toBe(201);
    expect(faults.waiting()).toMatchObject([fault]);
  });

  it.each([
    ['an unknown kind', 'POST', '{"service":"kms","operation":"Decrypt","kind":"explode"}', 400, /kind/],
    ['an unknown key', 'POST', '{"service":"kms","operation":"Decrypt","kind":"throttle","tims":2}', 400, /tims/],
    ['what is no JSON', 'POST', '{', 400, /JSON/],
    ['another method', 'PATCH', '', 405, /GET, POST, DELETE/],
  ])('refuses %s', async (_what, method, body, status, message) => {
    const answered = await call(method, body);

    expect(answered.status).toBe(status);
    expect(answered.body['message']).toMatch(message);
  });

  it('takes no form that a web page could send', async () => {
    const { status, faults } = await call('POST', '{}', { 'content-type': 'text/plain' });

    expect([status, faults.waiting().length]).toEqual([415, 0]);
  });
});
