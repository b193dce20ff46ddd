/** An application in an empty folder that installs the packed client, and a Secrets Manager on the loopback for it. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { npmInstall, packed } from './packed.ts';

/** What a program prints that runs {@link readsCredential}. */
export const printed = 'orders_app 14';

/** Statements that read a secret from Secrets Manager with `createSecrets`, and print nothing secret. */
export const readsCredential = `
  const secrets = createSecrets({ application: 'payments', environment: 'prod' });
  secrets.get('orders-db').then((value) => {
    if (!('password' in value)) throw new Error('not a database credential');
    console.log(value.username, value.password.length);
    secrets.dispose();
  });
`;

export interface ClientApp {
  readonly folder: string;
  /** Writes files, by their paths in the folder. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a program of the folder and returns what it prints. Rejects if it fails. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** @param more - other packages for npm to install, such as `jest@30.5.2`. */
export const createClientApp = async (
  type: 'commonjs' | 'module',
  more: readonly string[] = [],
): Promise<ClientApp> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'client-app-'));
  const secretsManager = await startSecretsManager();
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type }));
  await npmInstall(folder, [await packed('client'), ...more]);
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: secretsManager.endpoint,
  };
  return {
    folder,
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), text);
      }
    },
    run: async (program, ...args) => (await execa(program, args, { cwd: folder, extendEnv: false, env })).stdout,
    stop: async () => {
      await secretsManager.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const credential = {
  engine: 'postgres',
  host: 'db.internal',
  port: 5432,
  username: 'orders_app',
  password: 'canary-of-app1',
};

/** Has one secret, `prod/payments/orders-db`. */
const startSecretsManager = async () => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isRead = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      const { SecretId } = JSON.parse(Buffer.concat(chunks).toString()) as { SecretId: string };
      const isKnown = isRead && SecretId === 'prod/payments/orders-db';
      const answer = isKnown
        ? { Name: SecretId, VersionId: 'v1', SecretString: JSON.stringify(credential) }
        : { __type: 'ResourceNotFoundException', message: `no ${SecretId}` };
      response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
