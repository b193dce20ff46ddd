/** Greets clients as a MySQL server does, with TLS or without, and keeps what they then say that could tell a password. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface GreetingServer {
  readonly port: number;
  /** Beyond the request for TLS. */
  readonly received: readonly Buffer[];
  stop(): Promise<void>;
}

/** @param tls - the certificate to show; without, the server says that it does not know TLS. */
export const startGreetingServer = async (tls?: { cert: string; key: string }): Promise<GreetingServer> => {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const collect = (chunk: Buffer) => received.push(chunk);
  const ignore = () => undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', ignore);
    if (!tls) socket.on('data', collect);
    else {
      socket.once('data', (chunk: Buffer) => {
        // What follows the request is TLS, and can have come with it.
        socket.pause();
        if (chunk.length > requestLength) socket.unshift(chunk.subarray(requestLength));
        const secure = new TLSSocket(socket, { isServer: true, ...tls });
        secure.on('error', ignore);
        secure.on('data', collect);
      });
    }
    socket.write(greeting(tls !== undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const ssl = 0x800;
/** With its header. */
const requestLength = 36;

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html */
const greeting = (knowsTls: boolean): Buffer => {
  // Protocol 4.1, secure connection, plugins.
  const capabilities = 0x00_08_82_00 | (knowsTls ? ssl : 0);
  const challenge = Buffer.from('abcdefghijklmnopqrst\0');
  const fixed = Buffer.alloc(14);
  fixed.writeUInt16LE(capabilities & 0xffff, 0);
  fixed.writeUInt8(45, 2);
  fixed.writeUInt16LE(2, 3);
  fixed.writeUInt16LE(capabilities >>> 16, 5);
  fixed.writeUInt8(challenge.length, 7);
  const payload = Buffer.concat([
    Buffer.from('\n8.4.0\0'),
    Buffer.from([1, 0, 0, 0]),
    challenge.subarray(0, 8),
    Buffer.from([0]),
    fixed.subarray(0, 8),
    Buffer.alloc(10),
    challenge.subarray(8),
    Buffer.from('caching_sha2_password\0'),
  ]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
};
