/** AWS's own command line, from PyPI, in a folder of the project: a peer for what it does too. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { cacheFolder } from '../../local/cache-folder.ts';
import { findPip, runPython, writePythonFor } from '../../local/python.ts';

/** The newest when this was written. */
const version = '1.46.3';

const timeoutMs = 900_000;

/** @returns the Python with which `-m awscli` is the command. */
export const installAwsCommandLine = async (): Promise<string> => {
  const env = process.env;
  const folder = join(cacheFolder, `aws-command-line-${version}`);
  await mkdir(cacheFolder, { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1_000, maxRetryTime: timeoutMs },
  });
  try {
    const [python, marker] = [join(folder, 'bin', 'python'), join(folder, 'installed')];
    if (existsSync(marker)) return python;
    await rm(folder, { recursive: true, force: true });
    const machine = env['STRONGROOM_PYTHON'] ?? 'python3';
    const { packages } = await writePythonFor(machine, folder);
    const pip = await findPip(machine, { env, timeoutMs }, { cacheFolder });
    if (pip === undefined) throw new Error("There is no pip to install AWS's command line with");
    const args = ['install', '--quiet', '--no-input', '--target', packages, `awscli==${version}`];
    const installed = await runPython(pip, args, { env, timeoutMs });
    if (installed.failed) throw new Error(`AWS's command line was not installed: ${String(installed.all)}`);
    await writeFile(marker, version);
    return python;
  } finally {
    await release();
  }
};
