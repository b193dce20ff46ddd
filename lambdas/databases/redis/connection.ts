/** A socket that speaks the protocol of Redis (RESP): commands go out, replies come back in the same order. */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
// Only the driver's decoder: its client brings every command there is, and would more than double the function.
import { Decoder } from '@redis/client/dist/lib/RESP/decoder.js';
import type { DatabaseAddress } from '../port.ts';
import type { DatabaseTrust } from '../database-trust.ts';

/** What RESP2 has; an error inside a list (of a transaction's replies) is a value like any other. */
export type Reply = string | number | null | ServerRefusal | readonly Reply[];

export interface Connection {
  /** @throws ServerRefusal if the server answers with an error; Error if it does not answer. */
  send(words: readonly string[]): Promise<Reply>;
  /** Whether commands can still be sent. */
  readonly open: boolean;
  /** Says goodbye, but does not wait long for a server that is gone. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly trust: DatabaseTrust;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: () => number;
}

/** The server said no. `code` is the first word of its answer, such as `WRONGPASS`. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal';
  readonly code: string;

  constructor(answer: string) {
    // A server that does not know AUTH answers with what was sent, the password too.
    super(answer.replace(/,? with args beginning with.*$/is, ''));
    this.code = /^[A-Z]+/.exec(answer)?.[0] ?? 'ERR';
  }
}

/** A failure of the connection itself, with a code as Node has them. */
class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault';
  readonly code: 'ETIMEDOUT' | 'ECONNRESET' | 'EPROTO';

  constructor(code: ConnectionFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws Error of Node's sockets and TLS. */
export const openConnection = async (address: DatabaseAddress, options: ConnectionOptions): Promise<Connection> => {
  const socket = address.tls.mode === 'off' ? connectPlain(address) : connectOverTls(address, options.trust);
  await established(socket, address, options.connectTimeoutMs);
  return converse(socket, options.answerTimeoutMs);
};

const connectOverTls = ({ host, port, tls }: DatabaseAddress, trust: DatabaseTrust): Socket => {
  const { servername = host, ca } = tls.mode === 'off' ? {} : tls;
  return connectTls({
    host,
    port,
    secureContext: trust.secureContext(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    // An address is not a name that a client may ask for (RFC 6066), but the certificate is checked for it all the same.
    ...(isIP(servername) === 0 && { servername }),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
  });
};

const established = async (socket: Socket, { host, port, tls }: DatabaseAddress, timeoutMs: number): Promise<void> => {
  let reached = false;
  socket.once('connect', () => (reached = true));
  const timer = setTimeout(() => {
    const why = reached && tls.mode !== 'off' ? 'it was reached, but it answers with no TLS' : 'no answer';
    socket.destroy(new ConnectionFault('ETIMEDOUT', `No connection to ${host}:${port} in ${timeoutMs} ms: ${why}`));
  }, timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(tls.mode === 'off' ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new ConnectionFault('ECONNRESET', `${host}:${port} closed the connection`));
      });
    });
  } finally {
    clearTimeout(timer);
    socket.removeAllListeners();
  }
};

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

const farewellMs = 1_000;
/** Of all answers together: a list of a hundred thousand users is smaller. A server could send without end otherwise. */
const mostBytes = 64 * 1024 * 1024;

const converse = (socket: Socket, answerTimeoutMs: () => number): Connection => {
  const waiting: Waiting[] = [];
  let outgoing = '';
  /** What is asked at one time goes out in one piece. */
  const flush = (): void => {
    if (outgoing !== '') socket.write(outgoing);
    outgoing = '';
  };
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  const unasked = (): void => {
    fail(new ConnectionFault('EPROTO', 'The server says what it was not asked'));
  };
  const decoder = new Decoder({
    onReply: (reply: unknown) => {
      const next = waiting.shift();
      if (next) next.resolve(asReply(reply));
      else unasked();
    },
    onErrorReply: ({ message }) => {
      const next = waiting.shift();
      const refusal = new ServerRefusal(message);
      if (next) next.reject(refusal);
      // Too many clients: the server says so before it is asked.
      else fail(refusal);
    },
    onPush: unasked,
    getTypeMapping: () => ({}),
  });
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > mostBytes) {
      fail(new ConnectionFault('EPROTO', `The server sends more than ${mostBytes} bytes`));
      return;
    }
    try {
      decoder.write(chunk);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      fail(new ConnectionFault('EPROTO', `The server does not speak as Redis does (${reason.slice(0, 60)})`));
    }
  });
  socket.on('error', fail);
  socket.on('close', () => {
    fail(new ConnectionFault('ECONNRESET', 'The server closed the connection'));
  });

  return {
    get open() {
      return failure === undefined;
    },
    send: async (words) => {
      if (failure) throw failure;
      const reply = new Promise<Reply>((resolve, reject) => waiting.push({ resolve, reject }));
      const timeoutMs = answerTimeoutMs();
      const timer = setTimeout(() => {
        fail(new ConnectionFault('ETIMEDOUT', `No answer to ${words[0] ?? ''} in ${timeoutMs} ms`));
      }, timeoutMs);
      outgoing += encode(words);
      process.nextTick(flush);
      try {
        return await reply;
      } finally {
        clearTimeout(timer);
      }
    },
    close: () =>
      new Promise((resolve) => {
        failure ??= new ConnectionFault('ECONNRESET', 'The connection is closed');
        if (socket.closed) {
          resolve();
          return;
        }
        const timer = setTimeout(() => socket.destroy(), farewellMs);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.destroySoon();
      }),
  };
};

/** https://redis.io/docs/latest/develop/reference/protocol-spec/: a list of strings, each with its length in bytes. */
const encode = (words: readonly string[]): string =>
  [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n');

/** The decoder's own errors, inside lists, become ours. */
const asReply = (reply: unknown): Reply => {
  if (Array.isArray(reply)) return reply.map(asReply);
  if (reply instanceof Error) return new ServerRefusal(reply.message);
  return reply as Reply;
};
