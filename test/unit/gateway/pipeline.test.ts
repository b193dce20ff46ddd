import { describe, expect, it } from 'vitest';
import { createPipeline, DroppedConnection, type EndedCall, type Hooks } from '../../../local/gateway/pipeline.ts';
import type { AwsRequest, AwsResponse } from '../../../local/gateway/request.ts';
import { ServiceError } from '../../../local/gateway/service-call.ts';

const request: AwsRequest = {
  requestId: 'request-1',
  service: 'secretsmanager',
  operation: 'GetSecretValue',
  region: 'eu-west-1',
  caller: { kind: 'administrator', account: '111122223333', arn: 'arn', accessKeyId: 'AKIA' },
  method: 'POST',
  url: '/',
  headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
  body: Buffer.from('{}'),
  input: {},
  receivedAt: 0,
};

const respond = (text: string): AwsResponse => ({ status: 200, headers: {}, body: Buffer.from(text) });

const run = async (
  parts: {
    hooks?: Hooks[];
    authorize?: () => Promise<void>;
    forward?: () => Promise<AwsResponse>;
    overlay?: () => Promise<AwsResponse>;
  },
  what: AwsRequest = request,
) => {
  const defects: unknown[] = [];
  const ended: EndedCall[] = [];
  const pipeline = createPipeline({
    forward: parts.forward ?? (() => Promise.resolve(respond('emulator'))),
    authorize: parts.authorize ?? (() => Promise.resolve()),
    overlays: parts.overlay ? [{ service: 'secretsmanager', handle: parts.overlay }] : [],
    hooks: [...(parts.hooks ?? []), { ended: (call) => void ended.push(call) }],
    onDefect: (error) => defects.push(error),
  });
  const response = await pipeline(what);
  return { response, text: response.body.toString(), defects, ended };
};

describe('the way of a call', () => {
  it('leads to the overlay of its service, and to the emulator where there is none', async () => {
    expect((await run({ overlay: () => Promise.resolve(respond('overlay')) })).text).toBe('overlay');
    expect((await run({})).text).toBe('emulator');
  });

  it('bears the id of the request', async () => {
    expect((await run({})).response.headers).toMatchObject({ 'x-amzn-requestid': 'request-1' });
  });

  it('ends at a fault before it is judged and before it has an effect', async () => {
    const { text } = await run({
      hooks: [{ before: () => Promise.resolve(respond('fault')) }],
      authorize: () => Promise.reject(new Error('was judged')),
    });

    expect(text).toBe('fault');
  });

  it('ends at a refusal, in the shape of the protocol, told to who keeps the trail', async () => {
    const { response, ended, defects } = await run({
      authorize: () => Promise.reject(new ServiceError('AccessDeniedException', 'User: x may not')),
      forward: () => Promise.reject(new Error('was forwarded')),
    });

    expect(response.status).toBe(400);
    expect(JSON.parse(response.body.toString())).toEqual({
      __type: 'AccessDeniedException',
      message: 'User: x may not',
    });
    expect(ended[0]).toMatchObject({ error: { code: 'AccessDeniedException', message: 'User: x may not' } });
    expect(defects).toEqual([]);
  });

  it('tells the trail what the service did, and the caller what a fault after the effect makes of it', async () => {
    const { text, ended } = await run({ hooks: [{ after: () => Promise.resolve(respond('changed')) }] });

    expect(text).toBe('changed');
    expect(ended[0]?.response.body.toString()).toBe('emulator');
    expect(ended[0]?.error).toBeUndefined();
  });

  it('drops the connection where a fault says so, after the trail has heard of the effect', async () => {
    let heard = false;
    const pipeline = run({
      hooks: [
        {
          ended: () => {
            heard = true;
          },
          after: () => Promise.reject(new DroppedConnection('gone')),
        },
      ],
    });

    await expect(pipeline).rejects.toThrow(DroppedConnection);
    expect(heard).toBe(true);
  });

  it('answers a defect with an internal failure that gives nothing away, and reports it', async () => {
    const defect = new Error('canary-55d0');
    const { response, text, defects } = await run({ forward: () => Promise.reject(defect) });

    expect(response.status).toBe(500);
    expect(text).not.toContain('canary-55d0');
    expect(defects).toEqual([defect]);
  });
});
