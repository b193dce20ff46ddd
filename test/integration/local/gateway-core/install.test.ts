import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installEmulator } from '../../../../local/emulator/install.ts';

describe('the installation of the emulator', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-test-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** A `python3` that answers as the script says. */
  const pretendPython = async (script: string): Promise<string> => {
    const file = join(folder, 'python3');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };

  it('says what to do where there is no Python', async () => {
    await expect(installEmulator({ cacheFolder: folder, python: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'PYTHON_MISSING',
      message: `The local AWS needs Python 3.10 or newer, and \`${join(folder, 'nowhere')}\` does not run: install it, or name one in STRONGROOM_PYTHON.`,
    });
  });

  it('says which Python it found where that is too old', async () => {
    const python = await pretendPython('echo 3 9');

    await expect(installEmulator({ cacheFolder: folder, python })).rejects.toMatchObject({
      code: 'PYTHON_TOO_OLD',
      message: expect.stringContaining(`\`${python}\` is 3.9: install a newer one`) as string,
    });
  });

  /** The user's settings that would make another Python of it, or put the packages elsewhere. */
  const settingsForElsewhere = (): NodeJS.ProcessEnv => ({
    ...process.env,
    PIP_USER: '1',
    PIP_TARGET: join(folder, 'elsewhere'),
    PIP_REQUIRE_VIRTUALENV: '1',
    PYTHONHOME: join(folder, 'nowhere'),
    PYTHONPATH: join(folder, 'nowhere'),
    HOME: join(folder, 'no-home'),
  });

  /** The machine's Python without the modules that are named. */
  const pythonWithout = (modules: string): Promise<string> =>
    pretendPython(`case "$1 $2" in ${modules}) echo "No module named $2" >&2; exit 1;; esac\nexec python3 "$@"`);

  it.each([
    ['the pip of a Python without venv', '"-m venv"|"-m virtualenv"'],
    ['an archive of pip where there is neither', '"-m "*'],
  ])('takes %s', async (_what, modules) => {
    const env = settingsForElsewhere();
    const python = await installEmulator({ cacheFolder: folder, python: await pythonWithout(modules), env });

    const script = 'import importlib.metadata as m, yaml; print(m.version("ministack"))';
    const { stdout } = await execa(python, ['-c', script], { env: { PYTHONPATH: folder, PYTHONHOME: undefined } });
    expect(stdout).toBe('1.5.33');
    expect(await readdir(folder)).not.toContain('elsewhere');
  });

  it('says in one sentence what to do where Python comes without venv and no pip runs', async () => {
    const python = await pretendPython(
      'if [ "$1" = -c ]; then echo 3 12; else echo "The virtual environment was not created successfully because ensurepip is not available." >&2; exit 1; fi',
    );

    await expect(installEmulator({ cacheFolder: folder, python })).rejects.toMatchObject({
      code: 'PYTHON_PIP_MISSING',
      message: expect.stringContaining('apt install python3-venv') as string,
    });
  });

  it('says so where the package registry is out of reach, without the credentials of its address', async () => {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: 'http://someone:canary-7d1e@127.0.0.1:9/simple',
      PIP_RETRIES: '0',
    };

    const attempt = installEmulator({ cacheFolder: folder, env });

    await expect(attempt).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('pip could not reach its package registry: check the network') as string,
    });
    await attempt.catch((error: unknown) => {
      expect(String(error)).not.toContain('canary-7d1e');
    });
  });

  it('is made anew where a run was killed half-way, once for two runs at a time, and then kept', async () => {
    const environment = join(folder, 'emulator-1.5.33');
    await mkdir(join(environment, 'bin'), { recursive: true });
    await writeFile(join(environment, 'bin', 'python'), 'half a file');
    const told: string[] = [];
    const env = settingsForElsewhere();
    const install = () => installEmulator({ cacheFolder: folder, env, onProgress: (what) => told.push(what) });

    const [one, another] = await Promise.all([install(), install()]);
    const again = await install();

    expect(new Set([one, another, again])).toEqual(new Set([join(environment, 'bin', 'python')]));
    expect(told).toEqual(['Installing the AWS emulator (once)']);
    const { stdout } = await execa(one, ['-c', 'import importlib.metadata as m; print(m.version("ministack"))']);
    expect(stdout).toBe('1.5.33');
    expect((await readdir(folder)).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect(await readFile(join(environment, 'installed.sha256'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  });
});
