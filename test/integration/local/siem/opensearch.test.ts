import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findJava } from '../../../../local/java.ts';
import { startOpensearch, type LocalOpensearch } from '../../../../local/siem/opensearch/start-opensearch.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { httpsRequest } from '../../../_helpers/https-request.ts';

let certificates: LocalCertificates;
let opensearch: LocalOpensearch;

beforeAll(async () => {
  certificates = await createLocalCertificates();
  opensearch = await startOpensearch({ certificates });
});

afterAll(async () => {
  await opensearch.stop();
});

const get = (path: string, authorization?: string) =>
  httpsRequest(`${opensearch.url}${path}`, {
    ca: certificates.ca,
    method: 'GET',
    headers: authorization === undefined ? {} : { authorization },
  });

describe('a local OpenSearch', () => {
  it('is a real one behind TLS', async () => {
    expect(await get('/', `ApiKey ${opensearch.apiKey}`)).toMatchObject({
      status: 200,
      body: { version: { distribution: 'opensearch', number: '2.19.6' } },
    });
  });

  it('takes a user name and password', async () => {
    const { username, password } = opensearch;
    const login = Buffer.from(`${username}:${password}`).toString('base64');
    expect(await get('/', `Basic ${login}`)).toMatchObject({ status: 200 });
  });

  it.each([undefined, '', 'ApiKey', 'ApiKey bm9uZTpub25l', 'Basic bm9uZTpub25l'])('refuses %j', async (login) => {
    expect(await get('/', login)).toMatchObject({ status: 401, body: { error: { type: 'security_exception' } } });
  });

  it('creates no index by itself, and gives back what it holds', async () => {
    const bulk = '{"create":{"_id":"a"}}\n{"n":1}\n';
    const missing = { items: [{ create: { status: 404, error: { type: 'index_not_found_exception' } } }] };
    expect(await opensearch.call('POST', '/things/_bulk', bulk)).toMatchObject({ status: 200, body: missing });

    await opensearch.call('PUT', '/things');
    await opensearch.call('POST', '/things/_bulk', bulk);
    expect(await opensearch.documents('things')).toEqual([{ id: 'a', source: { n: 1 } }]);
  });
});

describe('the Java that runs it', () => {
  it('is the one that the environment names, or none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'no-java-'));
    try {
      const env = { PATH: process.env['PATH'], STRONGROOM_JAVA: join(folder, 'no-java') };
      await expect(findJava({ env, cacheFolder: folder })).rejects.toThrow(
        /^A local OpenSearch needs Java 17 or newer, and `.*no-java` does not run: name another in STRONGROOM_JAVA$/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
