import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { postgresDatabase } from '../../../lambdas/databases/postgres/database.ts';

/** Answers the first message of a login with `answer`, and keeps everything that it is sent. */
const answering = async (answer: Buffer) => {
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
    socket.on('data', (data) => received.push(data));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(received).toString('latin1'),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};

const clearTextRequest = message('R', Buffer.from([0, 0, 0, 3]));
const refusal = (code: string, text: string) => message('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`));

const login = (port: number) =>
  postgresDatabase({ trust: trustIn([]), deadline: { remainingMs: () => 60_000 } }).login(
    { host: '127.0.0.1', port, dbname: 'orders', tls: { mode: 'off' } },
    { username: 'app', password: 'Canary' },
  );

describe('what answers in place of PostgreSQL', () => {
  it('gets no password in clear text where TLS is off', async () => {
    const server = await answering(clearTextRequest);
    try {
      await expect(login(server.port)).rejects.toMatchObject({ code: 'database-tls', retryable: false });
      expect(server.received()).toContain('orders');
      expect(server.received()).not.toContain('Canary');
    } finally {
      await server.stop();
    }
  });

  it('is told to be a pooler where it refuses our settings as PgBouncer does', async () => {
    const server = await answering(refusal('08P01', 'unsupported startup parameter: lock_timeout'));
    try {
      await expect(login(server.port)).rejects.toMatchObject({ code: 'proxy-endpoint', retryable: false });
      expect(server.received()).not.toContain('Canary');
    } finally {
      await server.stop();
    }
  });
});
