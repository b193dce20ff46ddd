/** Runs the CDK command line of this repository against the local AWS. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from './cache-folder.ts';
import { endWith, inOwnGroup } from './own-group.ts';
import { isUserSetting } from './user-settings.ts';

const cdkBin = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');

export interface CdkOptions {
  /** Credentials and endpoint: what an administrator of the account exports. Absent: no AWS (synth). */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default the repository, whose cdk.json names the app */
  readonly cwd?: string;
  /** Called with each line that the command prints. */
  readonly onLine?: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Returns, or throws, when the command and all that it started have ended: nobody writes into its folders any more.
 *
 * @throws Error with the last lines of the command's output, if it fails.
 */
export const cdk = async (
  args: readonly string[],
  { environment = {}, cwd = join(import.meta.dirname, '..'), onLine, signal }: CdkOptions,
): Promise<void> => {
  const subprocess = execa(...inOwnGroup(process.execPath, cdkBin, ...args), {
    env: {
      ...withoutUserSettings(process.env),
      ...environment,
      CDK_DISABLE_CLI_TELEMETRY: '1',
      // Not the user's HOME. It may be missing: then the command leaves a new folder at every run. Or others share it, as
      // with HOME=/ in a container: then the library would take their fingerprints of files for its own.
      CDK_HOME: join(cacheFolder, 'cdk'),
      HOME: join(cacheFolder, 'cdk'),
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      CI: 'true',
    },
    extendEnv: false,
    cwd,
    stdin: 'pipe',
    all: true,
    detached: true,
    reject: false,
  });
  const group = endWith(subprocess, signal);
  const lastLines: string[] = [];
  for await (const line of subprocess.iterable({ from: 'all' })) {
    lastLines.push(line);
    if (lastLines.length > 40) lastLines.shift();
    onLine?.(line);
  }
  const { exitCode } = await subprocess;
  await group.ended();
  if (signal.aborted) throw new Error(`cdk ${args[0] ?? ''} was interrupted`);
  if (exitCode !== 0) {
    throw new Error(`cdk ${args.join(' ')} ended with exit code ${exitCode ?? 'none'}:\n${lastLines.join('\n')}`);
  }
};

/** The user's settings must never reach a command for the laptop. */
const withoutUserSettings = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !isUserSetting(name) && !isProxy(name)));

/** The command would call the local AWS through the proxy. */
const isProxy = (name: string): boolean => /^(?:https?|all)_proxy$/i.test(name) || name === 'NODE_USE_ENV_PROXY';
