/** A control address of the gateway: JSON in, JSON out, wrong input answered with what is wrong. */
import { timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

import type { AwsResponse } from './request.ts';
import type { Route } from './server.ts';
import type { HttpMessage } from './wire/http-message.ts';

export interface ControlAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @param token what the caller must send in `authorization`; absent: any caller on the loopback is allowed */
export const controlRoute = (
  prefix: string,
  methods: Readonly<Record<string, (input: unknown) => ControlAnswer>>,
  token?: string,
): Route => ({
  prefix,
  handle: (message) => Promise.resolve(json(answer(message, methods, token))),
});

const answer = (
  { method, headers, body }: HttpMessage,
  methods: Readonly<Record<string, (input: unknown) => ControlAnswer>>,
  token: string | undefined,
): ControlAnswer => {
  if (token !== undefined && !isSame(headers['authorization'] ?? '', token)) {
    return problem(403, 'The authorization token is not the one that was handed out.');
  }
  const handler = methods[method];
  if (handler === undefined) return problem(405, `Use ${Object.keys(methods).join(', ')} (got ${method})`);
  // A web page can't send this content type to the loopback without asking first, and is not answered when it asks.
  if (method !== 'GET' && headers['content-type']?.startsWith('application/json') !== true) {
    return problem(415, 'Send content-type: application/json');
  }
  try {
    const input: unknown = body.length === 0 ? undefined : JSON.parse(body.toString('utf8'));
    return handler(input);
  } catch (error) {
    if (error instanceof z.ZodError) return problem(400, z.prettifyError(error));
    if (error instanceof SyntaxError || error instanceof RangeError) return problem(400, error.message);
    throw error;
  }
};

const isSame = (shown: string, token: string): boolean => {
  const [a, b] = [Buffer.from(shown), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const problem = (status: number, message: string): ControlAnswer => ({ status, body: { message } });

const json = ({ status, body }: ControlAnswer): AwsResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});
