/**
 * The wire of a SQL Server, for a driver to log in at: TLS as TDS does it, logins, batches. What it says to a batch is
 * the test's: it knows no SQL.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { LocalCertificates } from '../../../local/tls.ts';
import {
  done,
  errorMessage,
  loginAcknowledged,
  readExecuteSql,
  readLogin,
  rowSet,
  type Batch,
  type Column,
  type Row,
} from './tokens.ts';

export type Answer =
  | { readonly columns: readonly Column[]; readonly rows: readonly Row[] }
  | { readonly error: number; readonly message: string }
  /** The connection breaks, and nobody knows what was done. */
  | 'lost'
  | undefined;

export interface TdsServerOptions {
  /** `undefined`: a server without TLS. */
  readonly certificates: LocalCertificates | undefined;
  /** `undefined` lets in; a number refuses with that error. */
  readonly login: (credential: { username: string; password: string }) => number | undefined;
  readonly batch?: (batch: Batch) => Answer;
}

export interface TdsServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Logins that came as far as the server, refused ones too. */
  readonly logins: readonly { username: string; password: string }[];
  readonly batches: readonly Batch[];
  /** The plain batch with which each session begins: its SET options. */
  readonly settings: readonly string[];
  close(): Promise<void>;
}

const packetType = { batch: 0x01, rpc: 0x03, response: 0x04, login: 0x10, prelogin: 0x12 } as const;
const encryption = { on: 0x01, notSupported: 0x02 } as const;

export const startTdsServer = async (options: TdsServerOptions): Promise<TdsServer> => {
  const logins: { username: string; password: string }[] = [];
  const batches: Batch[] = [];
  const settings: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A driver that does not trust the certificate hangs up in the middle; that is what the test is about.
    socket.on('error', () => undefined);
    serve(socket, options, { logins, batches, settings });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    logins,
    batches,
    settings,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

interface Seen {
  readonly logins: { username: string; password: string }[];
  readonly batches: Batch[];
  readonly settings: string[];
}

const serve = (socket: Socket, { certificates, login, batch }: TdsServerOptions, seen: Seen): void => {
  const answer = (stream: Duplex, ...tokens: Buffer[]): void => {
    stream.write(packet(packetType.response, Buffer.concat(tokens)));
  };
  const reply = (stream: Duplex, type: number, message: Buffer): void => {
    if (type === packetType.login) {
      const credential = readLogin(message);
      seen.logins.push(credential);
      const refused = login(credential);
      if (refused === undefined) answer(stream, loginAcknowledged(), done('batch'));
      else answer(stream, errorMessage(refused, 'refused'), done('batch', true));
      return;
    }
    // The driver asks for its settings in a plain batch first.
    if (type === packetType.batch) {
      // Headers come first (MS-TDS 2.2.5.3), and say how long they are.
      seen.settings.push(message.subarray(message.readUInt32LE(0)).toString('utf16le'));
      answer(stream, done('batch'));
      return;
    }
    if (type !== packetType.rpc) throw new Error(`The model of SQL Server does not read packets of type ${type}`);
    const asked = readExecuteSql(message);
    seen.batches.push(asked);
    const said = batch?.(asked);
    if (said === 'lost') socket.destroy();
    else if (said === undefined) answer(stream, done('procedure'));
    else if ('error' in said) answer(stream, errorMessage(said.error, said.message), done('procedure', true));
    else answer(stream, rowSet(said.columns, said.rows), done('procedure'));
  };

  readMessages(socket, (type, _message, stop) => {
    if (type !== packetType.prelogin) {
      reply(socket, type, _message);
      return;
    }
    socket.write(packet(packetType.response, prelogin(certificates ? encryption.on : encryption.notSupported)));
    if (!certificates) return;
    stop();
    const tunnel = new HandshakeTunnel(socket);
    // From 1.3 on, what follows the handshake could travel outside of the packets that wrap it.
    const secure = new TLSSocket(tunnel, {
      isServer: true,
      cert: certificates.cert,
      key: certificates.key,
      maxVersion: 'TLSv1.2',
    });
    secure.on('error', () => socket.destroy());
    secure.on('secure', () => {
      tunnel.unwrap();
    });
    readMessages(secure, (inner, message) => {
      reply(secure, inner, message);
    });
  });
};

/** VERSION and ENCRYPTION. */
const prelogin = (encrypts: number): Buffer =>
  Buffer.from([0x00, 0, 11, 0, 6, 0x01, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, encrypts]);

const headerBytes = 8;

const packet = (type: number, body: Buffer): Buffer => {
  const header = Buffer.from([type, 0x01, 0, 0, 0, 0, 1, 0]);
  header.writeUInt16BE(body.length + headerBytes, 2);
  return Buffer.concat([header, body]);
};

/** Whole messages, put together from their packets, until `stop` leaves the stream to somebody else. */
const readMessages = (stream: Duplex, take: (type: number, message: Buffer, stop: () => void) => void): void => {
  let buffered = Buffer.alloc(0);
  let message: Buffer[] = [];
  const listener = (chunk: Buffer): void => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= headerBytes && buffered.length >= buffered.readUInt16BE(2)) {
      const length = buffered.readUInt16BE(2);
      const type = buffered[0] ?? 0;
      const isLast = ((buffered[1] ?? 0) & 0x01) === 1;
      message.push(buffered.subarray(headerBytes, length));
      buffered = buffered.subarray(length);
      if (!isLast) continue;
      const whole = Buffer.concat(message);
      message = [];
      take(type, whole, () => stream.off('data', listener));
    }
  };
  stream.on('data', listener);
};

/** Carries the TLS handshake inside of PRELOGIN packets, and what follows it as it is. */
class HandshakeTunnel extends Duplex {
  readonly #socket: Socket;
  #wrapping = true;
  #unwrapping = true;
  #buffered = Buffer.alloc(0);

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('close', () => this.push(null));
  }

  /** The last message of the handshake is still to be written when the handshake is told to be over. */
  unwrap(): void {
    setImmediate(() => {
      this.#wrapping = false;
    });
  }

  override _read(): void {
    // Data is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(this.#wrapping ? packet(packetType.prelogin, chunk) : chunk, callback);
  }

  #receive(chunk: Buffer): void {
    if (!this.#unwrapping) {
      this.push(chunk);
      return;
    }
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= headerBytes && this.#buffered[0] === packetType.prelogin) {
      const length = this.#buffered.readUInt16BE(2);
      if (this.#buffered.length < length) return;
      this.push(this.#buffered.subarray(headerBytes, length));
      this.#buffered = this.#buffered.subarray(length);
    }
    // A bare TLS record starts with 20 to 23. All that follows it is bare too, and a chunk inside a record may start
    // with any byte.
    if (this.#buffered.length > 0 && this.#buffered[0] !== packetType.prelogin) {
      this.#unwrapping = false;
      this.push(this.#buffered);
      this.#buffered = Buffer.alloc(0);
    }
  }
}
