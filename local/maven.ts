/** Downloads files of Maven artifacts from the user's repository, each checked against its pinned digest. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { lock } from 'proper-lockfile';
import { download } from './download.ts';
import { downloadAttempts } from './retries.ts';

export interface MavenFile {
  /** Path in a repository: `org/yaml/snakeyaml/2.1/snakeyaml-2.1.jar`. */
  readonly path: string;
  readonly sha256: string;
}

export interface MavenOptions {
  /** Environment of the user. @default the process's */
  readonly env?: NodeJS.ProcessEnv;
  /** The user's settings of Maven. @default `~/.m2/settings.xml` */
  readonly settingsFile?: string;
}

export interface MavenRepository {
  readonly url: string;
  readonly authorization?: string;
}

const central = 'https://repo.maven.apache.org/maven2';
const downloadTimeoutMs = 300_000;
const installTimeoutMs = 1_800_000;
const atOnce = 6;

/** Lines of `sha256sum`. */
export const readMavenFiles = async (file: string): Promise<readonly MavenFile[]> => {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, sha256, path] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    if (sha256 === undefined || path === undefined) throw new Error(`${file} has a line that is not valid: ${line}`);
    return { path, sha256 };
  });
};

/**
 * Puts the files into a folder, once: what a killed run left is downloaded again, and of two runs at the same time the
 * second waits for the first.
 *
 * @returns their paths on this machine.
 * @throws Error if the repository is not reachable, or has another file under a name.
 */
export const installMavenFiles = async (
  files: readonly MavenFile[],
  folder: string,
  { onProgress, ...options }: MavenOptions & { readonly onProgress?: (() => void) | undefined } = {},
): Promise<readonly string[]> => {
  const paths = files.map(({ path }) => join(folder, path));
  const marker = join(folder, 'installed.sha256');
  const digest = sha256Of(JSON.stringify(files));
  const isInstalled = async () => (await readFile(marker, 'utf8').catch(() => '')) === digest;
  if (await isInstalled()) return paths;
  await mkdir(dirname(folder), { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: installTimeoutMs },
  });
  try {
    if (await isInstalled()) return paths;
    onProgress?.();
    const repository = await findMavenRepository(options);
    await rm(folder, { recursive: true, force: true });
    const left = [...files];
    const work = async () => {
      for (let file = left.shift(); file; file = left.shift()) await fetchFile(file, repository, folder);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await writeFile(marker, digest);
    return paths;
  } finally {
    await release();
  }
};

const fetchFile = async (
  { path, sha256 }: MavenFile,
  { url, authorization }: MavenRepository,
  folder: string,
): Promise<void> => {
  const headers: Readonly<Record<string, string>> = authorization === undefined ? {} : { authorization };
  const bytes = await downloadAttempts
    .execute(() => download(`${url}/${path}`, headers, downloadTimeoutMs))
    .catch((cause: unknown) => {
      throw new Error(
        `Could not download ${path} from the Maven repository ${withoutCredentials(url)}: ${(cause as Error).message}. Check the network, or name another repository in STRONGROOM_MAVEN_REPOSITORY`,
        { cause },
      );
    });
  if (sha256Of(bytes) !== sha256) {
    throw new Error(`${path} of the Maven repository ${withoutCredentials(url)} does not have the pinned SHA-256`);
  }
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, bytes);
  await rename(`${file}.part`, file);
};

/** `STRONGROOM_MAVEN_REPOSITORY`, else the mirror of Maven Central that the user's settings have, else Maven Central. */
export const findMavenRepository = async ({
  env = process.env,
  settingsFile = join(homedir(), '.m2', 'settings.xml'),
}: MavenOptions = {}): Promise<MavenRepository> => {
  const named = env['STRONGROOM_MAVEN_REPOSITORY'];
  if (named !== undefined && named !== '') return repositoryAt(named);
  const text = await readFile(settingsFile, 'utf8').catch(() => undefined);
  if (text === undefined) return { url: central };
  const { settings } = parser.parse(text) as { settings?: Settings };
  const mirror = settings?.mirrors?.mirror?.find(({ mirrorOf }) => isOfCentral(String(mirrorOf)));
  if (mirror?.url === undefined) return { url: central };
  const server = settings?.servers?.server?.find(({ id }) => id === mirror.id);
  const login = server?.username === undefined ? undefined : `${server.username}:${server.password ?? ''}`;
  return repositoryAt(mirror.url, login);
};

const isArray = (name: string): boolean => name === 'mirror' || name === 'server';
const parser = new XMLParser({ isArray, parseTagValue: false });

interface Settings {
  readonly mirrors?: { readonly mirror?: readonly { id?: string; url?: string; mirrorOf?: string }[] };
  readonly servers?: { readonly server?: readonly { id?: string; username?: string; password?: string }[] };
}

/** https://maven.apache.org/guides/mini/guide-mirror-settings.html */
const isOfCentral = (mirrorOf: string): boolean => {
  const names = mirrorOf.split(',').map((name) => name.trim());
  return !names.includes('!central') && names.some((name) => ['*', 'central', 'external:*'].includes(name));
};

/** The login leaves as a header, and is in no message. */
const repositoryAt = (address: string, login?: string): MavenRepository => {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new Error(`The Maven repository must be an http or https address (got ${withoutCredentials(address)})`);
  }
  const url = new URL(address);
  const userInfo = url.username === '' ? login : decodeURIComponent(`${url.username}:${url.password}`);
  url.username = '';
  url.password = '';
  return {
    url: url.href.replace(/\/+$/, ''),
    ...(userInfo !== undefined && { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }),
  };
};

const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^@/\s]*@/g, '//');

const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
