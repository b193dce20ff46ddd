/** AWS's caching library for Python, pinned and installed once into the cache folder. */
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { cacheFolder } from '../../local/cache-folder.ts';
import { installEmulator } from '../../local/emulator/install.ts';
import { findPip, type PythonResult, runPython } from '../../local/python.ts';

const fixture = join(import.meta.dirname, '..', '_fixtures', 'aws-caching-library');

export interface CachingLibrary {
  /** Reads the version of a secret that bears the label, with the credentials of `env`. */
  read(secretId: string, stage: string, env: NodeJS.ProcessEnv): Promise<PythonResult>;
}

/** Its botocore is that of the emulator's environment. */
export const installCachingLibrary = async (): Promise<CachingLibrary> => {
  const python = await installEmulator();
  const requirements = join(fixture, 'requirements.txt');
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const folder = join(cacheFolder, 'aws-caching-library');
  const marker = join(folder, 'installed.sha256');
  const release = await lock(folder, {
    realpath: false,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: 900_000 },
  });
  try {
    if ((await readFile(marker, 'utf8').catch(() => '')) !== digest) {
      await rm(folder, { recursive: true, force: true });
      await install(python, requirements, folder);
      await writeFile(marker, digest);
    }
  } finally {
    await release();
  }
  return {
    read: (secretId, stage, env) =>
      runPython([python], [join(fixture, 'read.py'), folder, secretId, stage], { env, timeoutMs: 300_000 }),
  };
};

const install = async (python: string, requirements: string, folder: string): Promise<void> => {
  const options = { env: process.env, timeoutMs: 600_000 };
  // The environment's own Python has no pip where it was made without venv.
  const pip =
    (await findPip(python, options, { cacheFolder })) ??
    (await findPip(process.env['STRONGROOM_PYTHON'] ?? 'python3', options, { cacheFolder }));
  if (pip === undefined) throw new Error('No pip was found: the tests need it to install the caching library of AWS');
  const flags = ['--require-hashes', '--no-deps', '--no-input', '--disable-pip-version-check'];
  const result = await runPython(pip, ['install', ...flags, '--target', folder, '-r', requirements], options);
  if (result.failed) throw new Error(`pip could not install the caching library of AWS: ${result.stdout}`);
};
