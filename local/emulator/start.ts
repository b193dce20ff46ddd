/** Starts the emulator behind the gateway, in an environment without the user's settings, and ends it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, constants, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { EmulatorError } from './errors.ts';
import { installEmulator, type InstallOptions } from './install.ts';

export interface EmulatorOptions extends InstallOptions {
  /** The gateway's address, in the emulator's URLs, and for its Lambda workers. */
  readonly gateway: string;
  /** Region for what the emulator does without a request. */
  readonly region: string;
  /** What Lambda workers send to the gateway to get the role of their function. */
  readonly workerToken: string;
  /** What the emulator sends to the gateway when it reports a resource that CloudFormation created. */
  readonly emulatorToken: string;
  /** Added to the environment of every Lambda worker. */
  readonly lambdaEnvironment?: Readonly<Record<string, string>>;
}

export interface Emulator {
  /** Only the gateway calls it. */
  readonly endpoint: string;
  readonly pid: number;
  /** Everything that the emulator printed. */
  log(): Promise<string>;
  /** Ends it and its Lambda workers, and removes its folder. Can be called twice. */
  stop(): Promise<void>;
}

const startTimeoutMs = 300_000;

/** @throws EmulatorError if it can't be installed or started. */
export const startEmulator = async (options: EmulatorOptions): Promise<Emulator> => {
  const python = await installEmulator(options);
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-emulator-'));
  // The temporary folder may be below a package of ECMAScript modules, but the emulator's own workers are not.
  await writeFile(join(folder, 'package.json'), '{}');
  await makeExecutable(join(workerPrograms, 'node'));
  const logFile = join(folder, 'emulator.log');
  const log = await open(logFile, 'w');
  const child = spawn(python, ['-u', join(import.meta.dirname, 'corrections.py')], {
    // A separate group, so that its Lambda workers end with it.
    detached: true,
    cwd: folder,
    env: environment(folder, options),
    stdio: ['pipe', log.fd, log.fd, 'pipe'],
  });
  await log.close();
  const exited = once(child, 'exit');

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      killGroup(child);
      if (child.exitCode === null && child.signalCode === null) await exited;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    })());

  try {
    const port = await readPort(child);
    const endpoint = `http://127.0.0.1:${port}`;
    await untilHealthy(endpoint, child);
    if (child.pid === undefined) throw new Error('the emulator has no process id');
    return { endpoint, pid: child.pid, log: () => readFile(logFile, 'utf8'), stop };
  } catch (error) {
    const said = await readFile(logFile, 'utf8').catch(() => '');
    await stop();
    throw new EmulatorError(
      'START_FAILED',
      `The AWS emulator did not start: ${said.trim().split('\n').at(-1) ?? String(error)}`,
      { cause: error },
    );
  }
};

/**
 * Workers run whatever `node` comes first on the PATH: a script that starts the `node` that runs us, with our preload.
 * NODE_OPTIONS would not do: functions set it themselves.
 */
const workerPrograms = join(import.meta.dirname, 'bin');
const preload = pathToFileURL(join(import.meta.dirname, 'lambda-preload.mjs')).href;

/** Some ways to unpack a repository lose the mode. */
const makeExecutable = async (program: string): Promise<void> => {
  await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
};

const environment = (
  folder: string,
  { gateway, region, workerToken, emulatorToken, lambdaEnvironment }: EmulatorOptions,
): NodeJS.ProcessEnv => ({
  ...lambdaEnvironment,
  PATH: `${workerPrograms}:/usr/local/bin:/usr/bin:/bin`,
  STRONGROOM_NODE: process.execPath,
  STRONGROOM_PRELOAD: preload,
  HOME: folder,
  TMPDIR: folder,
  LANG: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1',
  GATEWAY_PORT: new URL(gateway).port,
  MINISTACK_HOST: '127.0.0.1',
  MINISTACK_REGION: region,
  AWS_ENDPOINT_URL: gateway,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: join(folder, 'no-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
  LAMBDA_EXECUTOR: 'local',
  SFTP_ENABLED: '0',
  IOT_MTLS_ENABLED: '0',
  DOCKER_HOST: `unix://${join(folder, 'no-docker.sock')}`,
  STRONGROOM_GATEWAY: gateway,
  STRONGROOM_WORKER_TOKEN: workerToken,
  STRONGROOM_EMULATOR_TOKEN: emulatorToken,
});

/** The emulator uses a free port and writes its number to its fourth descriptor. */
const readPort = async (child: ChildProcess): Promise<number> => {
  const ready = child.stdio[3];
  if (!ready) throw new Error('the emulator has no descriptor to tell its port');
  let told = '';
  for await (const chunk of ready as AsyncIterable<Buffer>) told += chunk.toString();
  const { port } = JSON.parse(told === '' ? '{}' : told) as { port?: number };
  if (port === undefined) throw new Error('the emulator ended before it had a port');
  return port;
};

const untilHealthy = async (endpoint: string, child: ChildProcess): Promise<void> => {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const healthy = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(10_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the emulator ended while starting');
    if (Date.now() > deadline) throw new Error(`the emulator was not ready after ${startTimeoutMs / 1000} s`);
    await sleep(50);
  }
};

const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};
