import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Binary, type Document } from 'mongodb';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { mongoDatabase } from '../../../lambdas/databases/mongo/database.ts';
import { messageReader, writeMessage } from '../../_helpers/mongo-wire.ts';

/** A server that asks for any number of rounds, in the greeting already or when the login starts. */
const startServer = async (rounds: string, where: 'greeting' | 'login'): Promise<{ port: number; proofs: number }> => {
  const heard = { proofs: 0 };
  const started = (nonce: string): Document => ({
    conversationId: 1,
    done: false,
    payload: new Binary(Buffer.from(`r=${nonce}server,s=${Buffer.from('some salt').toString('base64')},i=${rounds}`)),
  });
  const answer = (command: Document): Document => {
    const start = (command['speculativeAuthenticate'] ?? command) as Document;
    const payload = start['payload'] as { buffer: Uint8Array } | undefined;
    const nonce = /r=(.*)$/.exec(Buffer.from(payload?.buffer ?? []).toString())?.[1] ?? '';
    if (command['saslContinue'] !== undefined) heard.proofs += 1;
    if (command['saslStart'] !== undefined) return { ok: 1, ...started(nonce) };
    return {
      ok: 1,
      ismaster: true,
      isWritablePrimary: true,
      helloOk: true,
      maxWireVersion: 25,
      minWireVersion: 0,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      saslSupportedMechs: ['SCRAM-SHA-256'],
      ...(where === 'greeting' && payload && { speculativeAuthenticate: started(nonce) }),
    };
  };
  const server = createServer((socket) => {
    const read = messageReader();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const { document, id } of read(chunk)) socket.write(writeMessage(answer(document ?? {}), 0, id));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return Object.assign(heard, { port: (server.address() as AddressInfo).port });
};

const logIn = (port: number) =>
  mongoDatabase({ trust: trustIn([]), deadline: { remainingMs: () => 60_000 } }).login(
    { host: '127.0.0.1', port, dbname: 'admin', tls: { mode: 'off' } },
    { username: 'app', password: 'canary' },
  );

it.each(['greeting', 'login'] as const)('computes no more rounds than a login may take: %s', async (where) => {
  const server = await startServer('4294967295', where);

  await expect(logIn(server.port)).rejects.toMatchObject({
    code: 'database-unknown',
    message: expect.stringContaining('4294967295 rounds') as string,
  });

  expect(server.proofs).toBe(0);
});

it('computes the rounds that servers take', async () => {
  const server = await startServer('15000', 'login');

  await expect(logIn(server.port)).rejects.toThrow();

  expect(server.proofs).toBe(1);
});
