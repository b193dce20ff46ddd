/** Installs the emulator, pinned with every dependency and its hash, into a Python environment of the project. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { cacheFolder as defaultCacheFolder } from '../cache-folder.ts';
import { createVirtualEnvironment, findPip, runPython, writePythonFor, type Command } from '../python.ts';
import { EmulatorError } from './errors.ts';

const requirementsFile = join(import.meta.dirname, 'requirements.txt');
const oldestPython = [3, 10] as const;
const installTimeoutMs = 900_000;

export interface InstallOptions {
  /**
   * Where the environment is kept between runs.
   * @default STRONGROOM_CACHE, or `.strongroom` in the repository
   */
  readonly cacheFolder?: string;
  /**
   * Python that creates the environment.
   * @default STRONGROOM_PYTHON, or `python3` on the PATH
   */
  readonly python?: string;
  /**
   * Environment of Python and pip, so that the user's own index, proxy and certificates apply.
   * @default the process's
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Called when something is being installed: the first run takes longer. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

/**
 * The environment's Python. Installs once per content of requirements.txt: what a killed run left is created again,
 * and of two runs at the same time the second waits for the first.
 *
 * @throws EmulatorError if Python, a pip for it or the package registry is not available.
 */
export const installEmulator = async ({
  cacheFolder = defaultCacheFolder,
  env = process.env,
  python = env['STRONGROOM_PYTHON'] ?? 'python3',
  onProgress,
}: InstallOptions = {}): Promise<string> => {
  const requirements = await readFile(requirementsFile, 'utf8');
  const digest = createHash('sha256').update(requirements).digest('hex');
  const folder = join(cacheFolder, `emulator-${pinnedVersion(requirements)}`);
  const environmentPython = join(folder, 'bin', 'python');
  const marker = join(folder, 'installed.sha256');
  const isInstalled = async (): Promise<boolean> =>
    (await readFile(marker, 'utf8').catch(() => '')) === digest && (await runs(environmentPython, env));

  if (await isInstalled()) return environmentPython;
  await mkdir(cacheFolder, { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: installTimeoutMs },
  });
  try {
    if (await isInstalled()) return environmentPython;
    await checkPython(python, env);
    onProgress?.('Installing the AWS emulator (once)');
    await rm(folder, { recursive: true, force: true });
    await installRequirements(await createEnvironment(python, folder, { env, cacheFolder, onProgress }), env);
    await writeFile(marker, digest);
    return environmentPython;
  } finally {
    await release();
  }
};

const pinnedVersion = (requirements: string): string => {
  const version = /^ministack==(\S+)/m.exec(requirements)?.[1];
  if (version === undefined) throw new Error(`${requirementsFile} pins no ministack`);
  return version;
};

/** After an upgrade of Python, the environment has a dangling link for its interpreter. */
const runs = async (python: string, env: NodeJS.ProcessEnv): Promise<boolean> =>
  !(await runPython([python], ['-c', ''], { env, timeoutMs: 120_000 })).failed;

const checkPython = async (python: string, env: NodeJS.ProcessEnv): Promise<void> => {
  const wanted = `Python ${oldestPython.join('.')} or newer`;
  const result = await runPython([python], ['-c', 'import sys; print(*sys.version_info[:2])'], {
    env,
    timeoutMs: 120_000,
  });
  if (result.failed) {
    throw new EmulatorError(
      'PYTHON_MISSING',
      `The local AWS needs ${wanted}, and \`${python}\` does not run: install it, or name one in STRONGROOM_PYTHON.`,
      { cause: causeOf(result) },
    );
  }
  const [major = 0, minor = 0] = result.stdout.trim().split(' ').map(Number);
  if (major < oldestPython[0] || (major === oldestPython[0] && minor < oldestPython[1])) {
    throw new EmulatorError(
      'PYTHON_TOO_OLD',
      `The local AWS needs ${wanted}, and \`${python}\` is ${major}.${minor}: install a newer one, or name one in STRONGROOM_PYTHON.`,
    );
  }
};

interface EnvironmentOptions extends Pick<InstallOptions, 'onProgress'> {
  readonly env: NodeJS.ProcessEnv;
  readonly cacheFolder: string;
}

/** What installs into the environment: the pip of a virtual environment, or another one without venv. */
const createEnvironment = async (
  python: string,
  folder: string,
  { env, cacheFolder, onProgress }: EnvironmentOptions,
): Promise<Command> => {
  const options = { env, timeoutMs: 300_000 };
  const result = await createVirtualEnvironment(python, folder, options);
  if (!result.failed) return [join(folder, 'bin', 'python'), '-m', 'pip', 'install'];
  const output = outputOf(result);
  if (!/ensurepip|No module named venv/.test(output)) {
    throw new EmulatorError('INSTALL_FAILED', `\`${python} -m venv ${folder}\` failed: ${lastLine(output)}`, {
      cause: causeOf(result),
    });
  }
  const pip = await findPip(python, options, { cacheFolder, onProgress });
  if (pip === undefined) {
    throw new EmulatorError(
      'PYTHON_PIP_MISSING',
      `\`${python}\` has neither its venv module nor pip: install one of them (Debian and Ubuntu: apt install ` +
        'python3-venv), or name another Python in STRONGROOM_PYTHON.',
      { cause: causeOf(result) },
    );
  }
  const { stdout: interpreter } = await runPython([python], ['-c', 'import sys; print(sys.executable)'], options);
  const { packages } = await writePythonFor(interpreter, folder);
  return [...pip, 'install', '--target', packages];
};

const installRequirements = async (pip: Command, env: NodeJS.ProcessEnv): Promise<void> => {
  const result = await runPython(
    pip,
    ['--require-hashes', '--no-input', '--disable-pip-version-check', '-r', requirementsFile],
    { env, timeoutMs: installTimeoutMs },
  );
  if (!result.failed) return;
  const output = outputOf(result);
  if (result.timedOut || unreachable.test(output)) {
    throw new EmulatorError(
      'REGISTRY_UNREACHABLE',
      'pip could not reach its package registry: check the network, or set PIP_INDEX_URL or a proxy for pip, and run ' +
        `this again (${lastLine(output)})`,
      { cause: causeOf(result) },
    );
  }
  throw new EmulatorError('INSTALL_FAILED', `pip could not install the AWS emulator: ${lastLine(output)}`, {
    cause: causeOf(result),
  });
};

/** What pip says when no index answers; "from versions: none" is its last word after the retries. */
const unreachable =
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|ProxyError|Max retries exceeded|Network is unreachable|Connection refused|from versions: none/;

const outputOf = ({ all, shortMessage }: { all?: unknown; shortMessage?: string | undefined }): string =>
  typeof all === 'string' && all.trim() !== '' ? all : (shortMessage ?? '');

/** pip's last line with content; an index address can contain credentials. */
const lastLine = (output: string): string => {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('[notice]'));
  const last = lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1) ?? 'no output';
  return withoutCredentials(last);
};

const causeOf = (result: Parameters<typeof outputOf>[0]): Error => new Error(withoutCredentials(outputOf(result)));

const withoutCredentials = (output: string): string => output.replaceAll(/\/\/[^@/\s]*@/g, '//');
