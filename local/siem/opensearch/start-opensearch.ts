/** A real OpenSearch for one run: behind TLS and a login, ended with its owner. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { makeServerProcess } from '../../databases/server-process.ts';
import type { LocalCertificates } from '../../tls.ts';
import { installOpensearch, type InstallOpensearchOptions } from './install.ts';
import { startLoginGate } from './login-gate.ts';

export interface StartOpensearchOptions extends InstallOpensearchOptions {
  readonly certificates: LocalCertificates;
  /** Where its log is kept after {@link LocalOpensearch.stop}. @default removed with the data */
  readonly logDirectory?: string;
  /** Further lines of `opensearch.yml`. @default none */
  readonly settings?: readonly string[];
}

export interface LocalOpensearch {
  /** `https://127.0.0.1:<port>`: TLS, and a login for every request. */
  readonly url: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** As Elasticsearch has them; OpenSearch itself has none. */
  readonly apiKey: string;
  /** One request past the login, with JSON or NDJSON. */
  call(method: string, path: string, body?: unknown): Promise<OpensearchAnswer>;
  /** Every document of an index or data stream, as they are visible to searches after a refresh. */
  documents(index: string): Promise<readonly OpensearchDocument[]>;
  /** Ends the server and removes its data. Can be called twice. */
  stop(): Promise<void>;
}

export interface OpensearchAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface OpensearchDocument {
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/**
 * Needs Java 17 or newer, which is installed if there is none. The server itself listens on a free port of 127.0.0.1
 * without a login. If the calling process dies without `stop()`, a watchdog ends it and removes the data.
 *
 * @throws Error with the end of the server's log if it does not start, or that says what is missing.
 */
export const startOpensearch = async (options: StartOpensearchOptions): Promise<LocalOpensearch> => {
  const { certificates, logDirectory, settings = [] } = options;
  const { java, classPath, script } = await installOpensearch(options);
  const process = await makeServerProcess({ label: 'OpenSearch', outputName: 'opensearch.log', logDirectory });
  const { folder } = process;
  const stopProcess = async () => {
    await process.end();
    await process.remove();
  };
  try {
    const portFile = join(folder, 'http.port');
    await rm(portFile, { force: true });
    await mkdir(join(folder, 'config'));
    await process.write(join('config', 'opensearch.yml'), `${[...configuration, ...settings].join('\n')}\n`);
    let port = 0;
    await process.start([java, ...javaOptions, '-cp', classPath, 'groovy.ui.GroovyMain', script, folder], async () => {
      port = Number(await readFile(portFile, 'utf8'));
      await callServer(port, 'GET', '/_cluster/health?wait_for_status=yellow');
    });
    const [username, password] = ['strongroom', randomBytes(24).toString('base64url')];
    const apiKey = Buffer.from(`${randomBytes(12).toString('hex')}:${randomBytes(16).toString('hex')}`).toString(
      'base64',
    );
    const gate = await startLoginGate({
      certificates,
      target: port,
      logins: [`ApiKey ${apiKey}`, `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`],
    });
    return {
      url: `https://127.0.0.1:${gate.port}`,
      port: gate.port,
      username,
      password,
      apiKey,
      call: (method, path, body) => callServer(port, method, path, body),
      documents: (index) => readDocuments(port, index),
      stop: async () => {
        await gate.stop();
        await stopProcess();
      },
    };
  } catch (error) {
    await stopProcess();
    throw error;
  }
};

const javaOptions = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'];

const configuration = [
  'cluster.name: strongroom-local',
  'node.name: local',
  'discovery.type: single-node',
  'http.host: 127.0.0.1',
  'http.port: 0',
  'transport.host: 127.0.0.1',
  'transport.port: 0',
  // A full disk of a laptop would make every index read-only.
  'cluster.routing.allocation.disk.threshold_enabled: false',
  'action.auto_create_index: false',
];

const callServer = (port: number, method: string, path: string, body?: unknown): Promise<OpensearchAnswer> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' };
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as OpensearchAnswer['body'] });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
  });

const pageSize = 10_000;

/** @throws Error if there are more than a search returns. */
const readDocuments = async (port: number, index: string): Promise<readonly OpensearchDocument[]> => {
  await callServer(port, 'POST', `/${index}/_refresh`);
  const { status, body } = await callServer(port, 'POST', `/${index}/_search`, {
    size: pageSize,
    track_total_hits: true,
  });
  const { hits } = body as unknown as SearchAnswer;
  if (status !== 200) throw new Error(`the search in ${index} answered ${status}: ${JSON.stringify(body)}`);
  if (hits.total.value > pageSize)
    throw new Error(`${index} has ${hits.total.value} documents, more than a search returns`);
  return hits.hits.map(({ _id: id, _source: source }) => ({ id, source }));
};

interface SearchAnswer {
  readonly hits: {
    readonly total: { readonly value: number };
    readonly hits: readonly { readonly _id: string; readonly _source: Readonly<Record<string, unknown>> }[];
  };
}
