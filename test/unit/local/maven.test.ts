import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMavenRepository, installMavenFiles, readMavenFiles } from '../../../local/maven.ts';

let folder: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maven-'));
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const settings = async (text: string): Promise<string> => {
  const file = join(folder, 'settings.xml');
  await writeFile(
    file,
    `<?xml version="1.0"?>\n<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">${text}</settings>`,
  );
  return file;
};

const central = 'https://repo.maven.apache.org/maven2';

describe('the Maven repository', () => {
  it('is Maven Central without settings', async () => {
    expect(await findMavenRepository({ env: {}, settingsFile: join(folder, 'none.xml') })).toEqual({ url: central });
  });

  it('is the one that the environment names, its login not in the address', async () => {
    const env = { STRONGROOM_MAVEN_REPOSITORY: 'https://user:p%40ss@maven.example.com/repo/' };
    expect(await findMavenRepository({ env, settingsFile: join(folder, 'none.xml') })).toEqual({
      url: 'https://maven.example.com/repo',
      authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    });
  });

  it.each(['maven.example.com', 'file:///repository'])('can not be %s', async (address) => {
    const env = { STRONGROOM_MAVEN_REPOSITORY: address };
    await expect(findMavenRepository({ env })).rejects.toThrow(
      `The Maven repository must be an http or https address (got ${address})`,
    );
  });

  it.each([
    ['central', true],
    ['*', true],
    ['external:*', true],
    ['other,central', true],
    ['*,!central', false],
    ['other', false],
  ])('with a mirror of %s in the settings: that mirror is used: %s', async (mirrorOf, used) => {
    const settingsFile = await settings(
      `<mirrors><mirror><id>m</id><url>https://mirror.example.com/m2</url><mirrorOf>${mirrorOf}</mirrorOf></mirror></mirrors>`,
    );
    const { url } = await findMavenRepository({ env: {}, settingsFile });
    expect(url).toBe(used ? 'https://mirror.example.com/m2' : central);
  });

  it('gets the login that the settings have for the mirror', async () => {
    const settingsFile = await settings(
      `<servers><server><id>m</id><username>u</username><password>007</password></server></servers>
       <mirrors><mirror><id>m</id><url>https://mirror.example.com/m2</url><mirrorOf>*</mirrorOf></mirror></mirrors>`,
    );
    expect(await findMavenRepository({ env: {}, settingsFile })).toMatchObject({
      authorization: `Basic ${Buffer.from('u:007').toString('base64')}`,
    });
  });
});

describe('files of Maven artifacts', () => {
  const content = 'a library';
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = { path: 'org/example/lib/1/lib-1.jar', sha256 };

  /** Answers the requests in turn, the last answer for all after it. */
  const repository = async (...statuses: readonly number[]) => {
    const requests: string[] = [];
    server = createServer((request, response) => {
      const status = statuses[Math.min(requests.length, statuses.length - 1)] ?? 200;
      requests.push(request.url ?? '');
      response.writeHead(status);
      response.end(content);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { requests, env: { STRONGROOM_MAVEN_REPOSITORY: `http://user:hidden@127.0.0.1:${port}/m2` } };
  };

  it('are downloaded once, after a failure again', async () => {
    const { requests, env } = await repository(503, 200);
    const target = join(folder, 'jars');
    const [path = ''] = await installMavenFiles([file], target, { env });
    expect(await readFile(path, 'utf8')).toBe(content);
    expect(requests).toEqual(['/m2/org/example/lib/1/lib-1.jar', '/m2/org/example/lib/1/lib-1.jar']);
    expect(await installMavenFiles([file], target, { env })).toEqual([path]);
    expect(requests).toHaveLength(2);
  });

  it('are refused with another digest, and not kept', async () => {
    const { env } = await repository(200);
    const target = join(folder, 'jars');
    await expect(installMavenFiles([{ ...file, sha256: '0'.repeat(64) }], target, { env })).rejects.toThrow(
      /^org\/example\/lib\/1\/lib-1\.jar of the Maven repository http:\/\/127\.0\.0\.1:\d+\/m2 does not have the pinned SHA-256$/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('that are not available are named, with what to do, and without the login', async () => {
    const { env } = await repository(404);
    const failure = installMavenFiles([file], join(folder, 'jars'), { env });
    await expect(failure).rejects.toThrow(
      /^Could not download org\/example\/lib\/1\/lib-1\.jar from the Maven repository http:\/\/127\.0\.0\.1:\d+\/m2: it answered 404\. Check the network, or name another repository in STRONGROOM_MAVEN_REPOSITORY$/,
    );
    await expect(failure).rejects.not.toThrow(/hidden/);
  });

  it('are pinned in a list that is valid', async () => {
    const list = await readMavenFiles(join(import.meta.dirname, '../../../local/siem/opensearch/jars.sha256'));
    expect(list.map(({ path }) => path)).toContain('org/opensearch/opensearch/2.19.6/opensearch-2.19.6.jar');
    const broken = join(folder, 'list');
    await writeFile(broken, `${sha256} one.jar\n`);
    await expect(readMavenFiles(broken)).rejects.toThrow('has a line that is not valid');
  });
});
