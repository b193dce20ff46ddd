/**
 * A connection on which no login travels in plain text.
 *
 * The driver asks for TLS, but continues without it if the server, or a machine in between, says that it has none: the
 * password would be sent for everybody to read. What is sent is looked at here, if nothing can go past.
 */
import { Socket } from 'node:net';
import type { Endpoint } from '../port.ts';

/** The first byte of a packet with a login (MS-TDS 2.2.3.1.1). */
const login7 = 0x10;
/** The first byte of a TLS record with data (RFC 5246 6.2.1); no packet outside of TLS starts so. */
const tlsData = 0x17;

class PlaintextLoginError extends Error {
  override readonly name = 'PlaintextLoginError';
  readonly code = 'ERR_TLS_NOT_OFFERED';

  constructor() {
    super('the server offers no TLS');
  }
}

/** After the connection is made: `connect` puts the socket's own `write` back in the place of any other. */
const refusePlaintext = (socket: Socket): Socket => {
  const write = socket.write.bind(socket);
  let encrypted = false;
  const guarded = (...args: Parameters<typeof write>): boolean => {
    const [chunk] = args;
    // From the first record on, everything is TLS, and a chunk may start in the middle of a record, with any byte.
    encrypted ||= chunk[0] === tlsData;
    if (encrypted || chunk[0] !== login7) return write(...args);
    socket.destroy(new PlaintextLoginError());
    return false;
  };
  return Object.assign(socket, { write: guarded });
};

/** Connects within the time, or rejects with Node's own error. */
export const connectTlsOnly = ({ host, port }: Endpoint, timeoutMs: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = new Socket();
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
    });
    socket.connect({ host, port }, () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(refusePlaintext(socket));
    });
  });
