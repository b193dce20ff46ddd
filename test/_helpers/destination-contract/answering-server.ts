/** An HTTPS server that gives one answer to every request, as a proxy or a wrong address would. */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { LocalCertificates } from '../../../local/tls.ts';
import type { ReceiverAddress } from './under-test.ts';

export type ScriptedAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  /** The request is read, and no answer comes. */
  | 'none'
  /** Half an answer, then the connection is reset. */
  | 'half';

export interface AnsweringServer {
  readonly address: ReceiverAddress;
  /** Headers of the requests that were read to their end. */
  readonly requests: readonly IncomingHttpHeaders[];
  /** Resolves once a request has been read to its end. */
  readonly asked: Promise<void>;
  stop(): Promise<void>;
}

export const startAnsweringServer = async (
  { cert, key }: LocalCertificates,
  answer: ScriptedAnswer,
): Promise<AnsweringServer> => {
  const requests: IncomingHttpHeaders[] = [];
  let tellAsked: () => void;
  const asked = new Promise<void>((resolve) => {
    tellAsked = resolve;
  });
  const server = createServer({ cert, key }, (request, response) => {
    request.resume();
    request.on('end', () => {
      requests.push(request.headers);
      tellAsked();
      if (answer === 'none') return;
      if (answer === 'half') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: '127.0.0.1', port },
    requests,
    asked,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
