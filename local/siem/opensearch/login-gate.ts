/** TLS and a login before a server that has neither. */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { LocalCertificates } from '../../tls.ts';

export interface LoginGateOptions {
  readonly certificates: LocalCertificates;
  /** Port of the server on 127.0.0.1. */
  readonly target: number;
  /** Values of `Authorization` that are let through. */
  readonly logins: readonly string[];
}

export interface LoginGate {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export const startLoginGate = async ({ certificates, target, logins }: LoginGateOptions): Promise<LoginGate> => {
  const agent = new Agent({ keepAlive: true });
  const server = createServer({ cert: certificates.cert, key: certificates.key }, (incoming, response) => {
    const { authorization } = incoming.headers;
    if (!logins.some((login) => isSame(login, authorization ?? ''))) refuse(incoming, response);
    else passOn(incoming, response, { agent, target });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
};

const passOn = (
  incoming: IncomingMessage,
  response: ServerResponse,
  { agent, target }: { readonly agent: Agent; readonly target: number },
): void => {
  const { authorization: _login, ...headers } = incoming.headers;
  const { method, url: path } = incoming;
  const outgoing = request({ agent, host: '127.0.0.1', port: target, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.on('error', () => outgoing.destroy());
  incoming.on('aborted', () => outgoing.destroy());
  incoming.pipe(outgoing);
};

/** What Elasticsearch says to it. */
const refuse = (incoming: IncomingMessage, response: ServerResponse): void => {
  const reason = `unable to authenticate with provided credentials for REST request [${incoming.url ?? ''}]`;
  const cause = { type: 'security_exception', reason };
  incoming.resume();
  incoming.on('end', () => {
    response.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'ApiKey' });
    response.end(JSON.stringify({ error: { root_cause: [cause], ...cause }, status: 401 }));
  });
};

const isSame = (one: string, other: string): boolean => {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
};
