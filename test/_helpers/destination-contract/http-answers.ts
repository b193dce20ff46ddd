/** Answers of HTTP servers and of what stands before them. */
import { afterEach, expect, it } from 'vitest';
import type { DestinationErrorCode } from '../../../lambdas/audit/destinations/destination.ts';
import { startAnsweringServer, type AnsweringServer, type ScriptedAnswer } from './answering-server.ts';
import type { Bench } from './bench.ts';
import type { DestinationFacts } from './under-test.ts';

const page = '<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>';
const html = { 'content-type': 'text/html; charset=utf-8' };

const answers: readonly (readonly [string, ScriptedAnswer, DestinationErrorCode])[] = [
  ['200 with an HTML page', { status: 200, headers: html, body: page }, 'misconfigured'],
  ['401', { status: 401, headers: html, body: page }, 'unauthorised'],
  ['403', { status: 403, headers: html, body: page }, 'unauthorised'],
  ['404 with an HTML page', { status: 404, headers: html, body: page }, 'misconfigured'],
  ['405', { status: 405, headers: html, body: page }, 'misconfigured'],
  ['408', { status: 408, headers: html, body: page }, 'busy'],
  ['413', { status: 413, headers: html, body: page }, 'too-large'],
  ['429', { status: 429, headers: html, body: page }, 'busy'],
  ['500', { status: 500, headers: html, body: page }, 'busy'],
  ['502', { status: 502, headers: html, body: page }, 'busy'],
  ['503', { status: 503, headers: html, body: page }, 'busy'],
  ['504', { status: 504, headers: html, body: page }, 'busy'],
  ['half an answer', 'half', 'unreachable'],
];

export const describeHttpAnswers = ({ notRetried = [] }: DestinationFacts, bench: () => Bench): void => {
  const servers: AnsweringServer[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  const answering = async (answer: ScriptedAnswer): Promise<AnsweringServer> => {
    const server = await startAnsweringServer(bench().certificates, answer);
    servers.push(server);
    return server;
  };

  it.each(answers)('reads %s as a failure of the whole attempt', async (_, answer, code) => {
    const { address } = await answering(answer);
    const isFinal = typeof answer === 'object' && notRetried.includes(answer.status);
    await bench().expectFailure(isFinal ? 'misconfigured' : code, bench().make({ address }), bench().events(2));
  });

  it.each([429, 503])('waits as long as %i asks for', async (status) => {
    const { address } = await answering({ status, headers: { 'retry-after': '7' }, body: '' });
    const error = await bench().expectFailure('busy', bench().make({ address }), bench().events(1));
    expect(error.retryAfterMs).toBe(7_000);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (status) => {
    const elsewhere = await answering({ status: 200, body: '{}' });
    const location = `https://127.0.0.1:${elsewhere.address.port}/`;
    const { address } = await answering({ status, headers: { location }, body: '' });
    await bench().expectFailure('misconfigured', bench().make({ address }), bench().events(1));
    expect(elsewhere.requests).toEqual([]);
  });

  it('fails as timeout if the request is read and no answer comes', async () => {
    const { address, asked } = await answering('none');
    const controller = new AbortController();
    const failed = bench().expectFailure('timeout', bench().make({ address }), bench().events(1), controller.signal);
    await Promise.race([asked, failed]);
    controller.abort();
    await failed;
  });
};
