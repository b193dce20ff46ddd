/**
 * The client, Powertools and the bare SDK with a Secrets Manager that answers after 20 ms: the cost of a hit, and
 * how many API calls and how long 1,000 concurrent cold reads take.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Table from 'cli-table3';
import { Bench } from 'tinybench';
import { createSecrets, createSecretsManagerReader } from '../client/index.ts';

const name = 'dev/payments/orders-db';
const concurrency = 1_000;
const hitsAnIteration = 1_000;

interface Contender {
  readonly contender: string;
  /** A client without anything cached. */
  readonly create: () => { readonly get: () => Promise<unknown>; readonly close: () => void };
  readonly caches: boolean;
}

interface Figures {
  readonly contender: string;
  /** Median of a read that the cache has, in nanoseconds; without a cache a whole API call. */
  readonly hitNs: number;
  /** API calls for 1,000 concurrent cold reads. */
  readonly coldCalls: number;
  /** Time until all 1,000 are answered, in milliseconds. */
  readonly coldMs: number;
}

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const backend = await startBackend();
  try {
    const figures: Figures[] = [];
    for (const contender of contenders(backend.endpoint)) figures.push(await measure(contender, backend.calls));
    if (json) console.log(JSON.stringify({ backendMs: 20, concurrency, figures }, undefined, 2));
    else print(figures);
  } finally {
    await backend.stop();
  }
};

const contenders = (endpoint: string): readonly Contender[] => {
  const sdk = () =>
    new SecretsManagerClient({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'example' },
    });
  return [
    {
      contender: '@strongroom/client',
      caches: true,
      create: () => {
        const client = sdk();
        const reader = createSecretsManagerReader({ client });
        const secrets = createSecrets({ application: 'payments', environment: 'dev', timeoutMs: 60_000, reader });
        return {
          get: () => secrets.get('orders-db'),
          close: () => {
            client.destroy();
          },
        };
      },
    },
    {
      contender: 'Powertools parameters',
      caches: true,
      create: () => {
        const client = sdk();
        const provider = new SecretsProvider({ awsSdkV3Client: client });
        return {
          get: () => provider.get(name, { maxAge: 300, transform: 'json' }),
          close: () => {
            client.destroy();
          },
        };
      },
    },
    {
      contender: 'bare SDK',
      caches: false,
      create: () => {
        const client = sdk();
        return {
          get: () => client.send(new GetSecretValueCommand({ SecretId: name })),
          close: () => {
            client.destroy();
          },
        };
      },
    },
  ];
};

const measure = async ({ contender, create, caches }: Contender, calls: () => Promise<number>): Promise<Figures> => {
  // The first call of a process loads and signs slowly; it belongs to nobody's figures.
  await close(create(), ({ get }) => get());
  const before = await calls();
  const coldMs = await close(create(), async ({ get }) => {
    const start = performance.now();
    await Promise.all(Array.from({ length: concurrency }, get));
    return performance.now() - start;
  });
  const coldCalls = (await calls()) - before;
  const hitNs = await close(create(), async ({ get }) => {
    await get();
    return medianNs(get, caches ? hitsAnIteration : 1);
  });
  return { contender, hitNs, coldCalls, coldMs };
};

const close = async <Client extends { readonly close: () => void }, Result>(
  client: Client,
  use: (client: Client) => Promise<Result>,
): Promise<Result> => {
  try {
    return await use(client);
  } finally {
    client.close();
  }
};

/** Many reads an iteration: one alone is below what the clock resolves. */
const medianNs = async (get: () => Promise<unknown>, reads: number): Promise<number> => {
  const bench = new Bench({ time: 1_000, warmupTime: 200 });
  bench.add('get', async () => {
    for (let read = 0; read < reads; read += 1) await get();
  });
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error('the benchmark did not complete');
  return (task.result.latency.p50 * 1e6) / reads;
};

const print = (figures: readonly Figures[]): void => {
  const [ours] = figures;
  if (!ours) return;
  const table = new Table({
    head: ['client', 'hit (median)', '× ours', `API calls, ${concurrency} cold reads`, 'all answered after', '× ours'],
    style: { head: [], border: [] },
  });
  for (const { contender, hitNs, coldCalls, coldMs } of figures) {
    table.push([
      contender,
      hitNs < 1e6 ? `${hitNs.toFixed(0)} ns` : `${(hitNs / 1e6).toFixed(1)} ms`,
      (hitNs / ours.hitNs).toFixed(1),
      coldCalls,
      `${coldMs.toFixed(0)} ms`,
      (coldMs / ours.coldMs).toFixed(1),
    ]);
  }
  console.log(table.toString());
};

/** In a thread of its own, so that it doesn't compete with what is measured. */
const startBackend = async () => {
  const worker = new Worker(backendSource, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls: async () => {
      const answer = once(worker, 'message');
      worker.postMessage('calls');
      return ((await answer) as [number])[0];
    },
    stop: () => worker.terminate(),
  };
};

const backendSource = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const value = { engine: 'postgres', host: 'db', port: 5432, dbname: 'orders', username: 'orders_app', password: 'example' };
  const body = JSON.stringify({ Name: '${name}', VersionId: 'v1', SecretString: JSON.stringify(value) });
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      calls += 1;
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(body), 20);
    });
  });
  parentPort.on('message', () => parentPort.postMessage(calls));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;
