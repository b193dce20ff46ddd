/** What the installed CDK command prints by `cdk bootstrap --show-template`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';

import { CommandError, UsageError } from '../terminal/errors.ts';
import { cdkHome } from './cdk-home.ts';

export interface CdkBootstrap {
  /** Of the package aws-cdk. */
  readonly version: string;
  readonly template: unknown;
}

/** @param folder - whose `aws-cdk` is used. @throws {@link UsageError} if there is none. */
export const cdkBootstrap = async (folder: string): Promise<CdkBootstrap> => {
  const manifest = manifestFrom(folder);
  const { version, bin } = z
    .object({ version: z.string(), bin: z.object({ cdk: z.string() }) })
    .parse(JSON.parse(readFileSync(manifest, 'utf8')));
  const own = mkdtempSync(join(tmpdir(), 'strongroom-cdk-'));
  try {
    const command = join(dirname(manifest), bin.cdk);
    const { stdout } = await promisify(execFile)(process.execPath, [command, 'bootstrap', '--show-template'], {
      // Outside of the repository, so that its app is not started.
      cwd: own,
      env: { ...cdkHome(own), ...process.env, CDK_DISABLE_CLI_TELEMETRY: '1', NO_COLOR: '1', FORCE_COLOR: '0' },
      maxBuffer: 16 * 1024 * 1024,
    });
    return { version, template: parse(stdout) as unknown };
  } catch (cause) {
    throw new CommandError('cdk-failed', `aws-cdk ${version} did not print its bootstrap template`, { cause });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
};

const manifestFrom = (folder: string): string => {
  for (const from of [folder, import.meta.dirname]) {
    try {
      return createRequire(join(from, 'package.json')).resolve('aws-cdk/package.json');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new UsageError('there is no package aws-cdk here; run npm install --save-dev aws-cdk, then this command again');
};
