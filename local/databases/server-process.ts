/** A database server as a child process: started, awaited, ended, and removed with its owner. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolderFor, type ServerUser } from './server-user.ts';
import { startWatchdog } from './watchdog.ts';

export interface ServerProcessOptions {
  /** Name of the server in messages: `MySQL`. */
  readonly label: string;
  /** Where the server's own output goes. @default the folder, removed with it */
  readonly logDirectory?: string | undefined;
  /** File name of the server's own output. */
  readonly outputName: string;
  /** The signal that ends the server at once, with clients connected. @default SIGTERM */
  readonly endSignal?: 'SIGTERM' | 'SIGINT';
  /** The user that the server runs as and that owns its folder. @default the owner */
  readonly runAs?: ServerUser | undefined;
  /** Whether programs that this user can't reach will be copied into the folder. @default false */
  readonly holdsPrograms?: boolean;
}

export type Command = readonly [program: string, ...args: string[]];

const upWithinMs = 600_000;
const downWithinMs = 60_000;

/** Makes the folder of a server, and the watchdog that removes it with the server when its owner dies. */
export const makeServerProcess = async (options: ServerProcessOptions): Promise<ServerProcess> => {
  const { label, logDirectory, runAs, holdsPrograms = false } = options;
  if (logDirectory !== undefined) await mkdir(logDirectory, { recursive: true });
  const prefix = `strongroom-${label.toLowerCase()}-`;
  const folder = await (runAs === undefined
    ? mkdtemp(path.join(tmpdir(), prefix))
    : makeFolderFor(runAs, prefix, { holdsPrograms }));
  return new ServerProcess(folder, options);
};

export class ServerProcess {
  /** Readable by the server's user alone; what is in it goes with the server. */
  readonly folder: string;
  /** What the server writes to its standard output and error. */
  readonly outputFile: string;
  readonly #options: ServerProcessOptions;
  readonly #endSignal: NodeJS.Signals;
  readonly #pidFile: string;
  readonly #watchdog: ChildProcess;
  #child: ChildProcess | undefined;

  constructor(folder: string, options: ServerProcessOptions) {
    const { logDirectory = folder, outputName, endSignal = 'SIGTERM' } = options;
    this.folder = folder;
    this.outputFile = path.join(logDirectory, outputName);
    this.#options = options;
    this.#endSignal = endSignal;
    this.#pidFile = path.join(folder, 'server.pid');
    this.#watchdog = startWatchdog(folder, this.#pidFile, endSignal);
  }

  get runs(): boolean {
    return this.#child !== undefined && !hasEnded(this.#child);
  }

  /** The user that the server runs as; undefined if it is the owner. */
  get runAs(): ServerUser | undefined {
    return this.#options.runAs;
  }

  /** Writes a file into the folder that only the server's user can read. */
  async write(name: string, content: string): Promise<string> {
    const file = path.join(this.folder, name);
    await writeFile(file, content, { mode: 0o600 });
    const { runAs } = this.#options;
    if (runAs) await chown(file, runAs.uid, runAs.gid);
    return file;
  }

  /**
   * Starts a program and waits until `ready` succeeds. What must not be in its arguments goes into its environment.
   *
   * @throws Error with the end of its output if the program ends or is not ready in ten minutes.
   */
  async start(
    command: Command,
    ready: () => Promise<unknown>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const child = await this.#spawn(command, environment);
    this.#child = child;
    const deadline = Date.now() + upWithinMs;
    for (;;) {
      try {
        await ready();
        return;
      } catch (cause) {
        if (hasEnded(child) || Date.now() > deadline) throw await this.#notUp(cause);
      }
      await sleep(30);
    }
  }

  /** Runs a program to its end, for what a server needs before its first start. @throws Error with its last output. */
  async run(command: Command, environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = await this.#spawn(command, environment);
    if (!(await endsWithin(child, upWithinMs))) child.kill('SIGKILL');
    if (child.exitCode !== 0) throw await this.#notUp();
  }

  /** Ends the server if it runs: by a signal, then by a kill. */
  async end(): Promise<void> {
    await this.#endWith(this.#endSignal, 'SIGKILL');
  }

  /** Kills the server, and then the processes that it has started. */
  async kill(children: readonly number[] = []): Promise<void> {
    await this.#endWith('SIGKILL');
    // In a container whose first process does not reap, ended processes stay listed.
    const deadline = Date.now() + 3_000;
    while (children.filter((pid) => signalled(pid, 'SIGKILL')).length > 0 && Date.now() < deadline) await sleep(10);
  }

  /** Removes the folder; the server must have ended. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    this.#watchdog.stdin?.end();
  }

  async #endWith(...signals: readonly NodeJS.Signals[]): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    for (const signal of signals) {
      child.kill(signal);
      if (await endsWithin(child, downWithinMs)) {
        this.#child = undefined;
        await rm(this.#pidFile, { force: true });
        return;
      }
    }
    throw new Error(`${this.#options.label} (process ${child.pid ?? 'unknown'}) does not end`);
  }

  /** The process writes its own id before it becomes the server, so the watchdog knows it whenever the owner dies. */
  async #spawn(command: Command, environment: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
    const output = await open(this.outputFile, 'a', 0o600);
    try {
      const child = spawn('/bin/sh', ['-c', 'echo $$ >"$0" && exec "$@"', this.#pidFile, ...command], {
        stdio: ['ignore', output.fd, output.fd],
        cwd: this.folder,
        env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C', ...environment },
        // A Ctrl-C is for the owner: it, or the watchdog, ends the server in order.
        detached: true,
        ...this.#options.runAs,
      });
      child.unref();
      return child;
    } finally {
      await output.close();
    }
  }

  async #notUp(cause?: unknown): Promise<Error> {
    const output = await readFile(this.outputFile, 'utf8');
    const { label } = this.#options;
    return new Error(`${label} did not come up. The end of its log:\n${output.slice(-4_000)}`, { cause });
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Whether there was such a process to signal. */
const signalled = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
};

const endsWithin = async (child: ChildProcess, ms: number): Promise<boolean> => {
  const deadline = Date.now() + ms;
  while (!hasEnded(child) && Date.now() < deadline) await sleep(10);
  return hasEnded(child);
};
