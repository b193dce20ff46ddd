/** A Python of the machine, and a pip for it: Debian's comes without venv, and often without pip. */
import { readdir, rm, writeFile, chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, type ExecaError, type Result } from 'execa';
import { hasDebianPackages, installDebianPackages } from './databases/debian-packages.ts';

export type Command = readonly [program: string, ...args: string[]];

export type PythonResult = (Result<{ reject: false; all: true; extendEnv: false }> | ExecaError) & {
  readonly stdout: string;
};

export interface PythonOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Runs a program of Python's with the user's environment, without what would make it another Python or another place. */
export const runPython = async (
  [program, ...first]: Command,
  args: readonly string[],
  { env, timeoutMs }: PythonOptions,
): Promise<PythonResult> =>
  execa(program, [...first, ...args], {
    env: withoutPythonSettings(env),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: timeoutMs,
    forceKillAfterDelay: 2000,
  });

/** Settings of pip that say where a package goes or which ones; index, proxy and certificates are the user's. */
const pipSettings = [
  'USER',
  'TARGET',
  'PREFIX',
  'ROOT',
  'REQUIRE_VIRTUALENV',
  'DRY_RUN',
  'NO_DEPS',
  'CONSTRAINT',
  'BUILD_CONSTRAINT',
  'REQUIREMENT',
  'REQUIRE_HASHES',
  'PYTHON',
  'PLATFORM',
  'PYTHON_VERSION',
  'QUIET',
].map((name) => `PIP_${name}`);

const withoutPythonSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !name.startsWith('PYTHON') && name !== '__PYVENV_LAUNCHER__' && !pipSettings.includes(name),
    ),
  ),
  // The user's pip.conf may say otherwise.
  PIP_USER: '0',
});

/** Makes a virtual environment with venv or virtualenv; its Python is `bin/python`. @returns of two failures the first. */
export const createVirtualEnvironment = async (
  python: string,
  folder: string,
  options: PythonOptions,
): Promise<PythonResult> => {
  const make = (module: string) => runPython([python], ['-m', module, folder], options);
  const first = await make('venv');
  if (!first.failed) return first;
  await rm(folder, { recursive: true, force: true });
  const second = await make('virtualenv');
  if (!second.failed) return second;
  await rm(folder, { recursive: true, force: true });
  return first;
};

/** The Python's own pip, or Debian's archive of it, which Python runs as it is. */
export const findPip = async (
  python: string,
  options: PythonOptions,
  install: Parameters<typeof installDebianPackages>[1],
): Promise<Command | undefined> => {
  if (!(await runPython([python], ['-m', 'pip', '--version'], options)).failed) return [python, '-m', 'pip'];
  if (!(await hasDebianPackages())) return undefined;
  const { root } = await installDebianPackages(
    { suite: 'trixie', packages: ['python3-pip-whl'], programs: [] },
    install,
  );
  const wheels = join(root, 'usr', 'share', 'python-wheels');
  const wheel = (await readdir(wheels)).find((name) => /^pip-.*\.whl$/.test(name));
  const pip: Command | undefined = wheel === undefined ? undefined : [python, join(wheels, wheel, 'pip')];
  return pip && !(await runPython(pip, ['--version'], options)).failed ? pip : undefined;
};

/** Makes `bin/python` of a folder, which finds the packages of the folder that `pip install --target` fills. */
export const writePythonFor = async (python: string, folder: string): Promise<{ packages: string }> => {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const script = join(bin, 'python');
  await writeFile(
    script,
    `#!/bin/sh\nPYTHONPATH="\${0%/*}/../packages" exec '${python.replaceAll("'", "'\\''")}' -s "$@"\n`,
  );
  await chmod(script, 0o755);
  return { packages: join(folder, 'packages') };
};
