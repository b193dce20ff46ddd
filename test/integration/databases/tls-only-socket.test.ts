/** Where a login could travel in plain text, and where it can't any more. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTlsOnly } from '../../../lambdas/databases/sqlserver/tls-only-socket.ts';

const login = Buffer.from([0x10, 1, 2]);
const record = Buffer.from([0x17, 3, 3]);

let peer: Server;
let received: Promise<Buffer>;

beforeEach(async () => {
  peer = createServer();
  received = new Promise((resolve, reject) => {
    peer.once('connection', (socket) => {
      buffer(socket).then(resolve, reject);
    });
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => peer.close(resolve)));

const connect = () => connectTlsOnly({ host: '127.0.0.1', port: (peer.address() as AddressInfo).port }, 3_000);

describe('a socket for TLS only', () => {
  it('sends no login outside of TLS', async () => {
    const socket = await connect();
    const failed = new Promise((resolve) => socket.once('error', resolve));

    socket.write(login);

    expect(await failed).toMatchObject({ code: 'ERR_TLS_NOT_OFFERED' });
    expect(await received).toHaveLength(0);
  });

  it('sends every byte once the connection is encrypted, also a piece of a record that starts like a login', async () => {
    const socket = await connect();

    socket.write(record);
    socket.write(login);
    socket.end();

    expect(await received).toEqual(Buffer.concat([record, login]));
  });
});
