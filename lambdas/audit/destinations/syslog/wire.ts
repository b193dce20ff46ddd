/**
 * A TCP connection whose end is watched below TLS. A server that closes with bytes unread resets the connection, also
 * after a close-notify; TLS alone would take that for an orderly end.
 */
import { connect } from 'node:net';
import { Duplex } from 'node:stream';

export interface Wire {
  /** What TLS reads from and writes to. */
  readonly stream: Duplex;
  /** How long the connection took to be made. */
  connectMs(): number;
  /** Everything is sent: from now on the server may end the connection. */
  expectEnd(): void;
  /** Resolves once the server has ended the connection in order; rejects with the reason if it ended otherwise. */
  readonly ended: Promise<void>;
  /** Ends the connection at once, with the reason. */
  fail(error: Error): void;
}

export const openWire = (
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Wire => {
  const socket = connect({ host, port, allowHalfOpen: true, signal });
  const startedAt = performance.now();
  let connectedAt = startedAt;
  let failure: Error | undefined;
  let isEndExpected = false;
  let isInOrder = false;

  const stream = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk: Buffer, _encoding, done) => {
      socket.write(chunk, done);
    },
    final: (done) => {
      socket.end();
      done();
    },
    // TLS is done with it at the server's close-notify; the socket still waits for the end of the connection.
    destroy: (_error, done) => {
      socket.end();
      socket.resume();
      done(null);
    },
  });
  // TLS reports it: the socket has the same reason.
  stream.on('error', () => undefined);
  socket.on('data', (chunk) => {
    if (!stream.destroyed && !stream.push(chunk)) socket.pause();
  });
  socket.once('connect', () => {
    connectedAt = performance.now();
  });
  socket.once('end', () => {
    isInOrder = isEndExpected;
    if (!stream.destroyed) stream.push(null);
    if (isInOrder) socket.end();
    else socket.destroy();
  });
  socket.once('error', (error) => {
    failure ??= error;
    stream.destroy(error);
  });
  const ended = new Promise<void>((resolve, reject) => {
    socket.once('close', () => {
      stream.destroy();
      if (isInOrder && !failure) resolve();
      else reject(failure ?? new Error('the server ended it early; it may ask for a client certificate'));
    });
  });
  // It is awaited once TLS is set up.
  ended.catch(() => undefined);
  return {
    stream,
    connectMs: () => connectedAt - startedAt,
    expectEnd: () => {
      isEndExpected = true;
    },
    ended,
    fail: (error) => {
      failure ??= error;
      socket.destroy();
    },
  };
};
