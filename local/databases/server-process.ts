/** A database server as a process of ours: started, awaited, ended, and gone with its owner. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWatchdog } from './watchdog.ts';

export interface ServerProcessOptions {
  /** What the server is called in messages: `MySQL`. */
  readonly label: string;
  /** Where the server's own output goes after the folder is gone. @default the folder */
  readonly logDirectory?: string | undefined;
  /** File name of the server's own output. */
  readonly outputName: string;
}

const upWithinMs = 120_000;
const downWithinMs = 20_000;

/** Makes the folder of a server, and the watchdog that removes it with the server when its owner dies. */
export const makeServerProcess = async ({
  label,
  logDirectory,
  outputName,
}: ServerProcessOptions): Promise<ServerProcess> => {
  const folder = await mkdtemp(path.join(tmpdir(), `strongroom-${label.toLowerCase()}-`));
  const process_ = new ServerProcess(label, folder, path.join(logDirectory ?? folder, outputName));
  if (logDirectory !== undefined) await mkdir(logDirectory, { recursive: true });
  return process_;
};

export class ServerProcess {
  /** Readable by nobody else; what is in it goes with the server. */
  readonly folder: string;
  /** What the server writes to its standard output and error. */
  readonly outputFile: string;
  readonly #label: string;
  readonly #pidFile: string;
  readonly #watchdog: ChildProcess;
  #child: ChildProcess | undefined;

  constructor(label: string, folder: string, outputFile: string) {
    this.#label = label;
    this.folder = folder;
    this.outputFile = outputFile;
    this.#pidFile = path.join(folder, 'server.pid');
    this.#watchdog = startWatchdog(folder, this.#pidFile, 'TERM');
  }

  /** Writes a file into the folder that only its owner can read. */
  async write(name: string, content: string): Promise<string> {
    const file = path.join(this.folder, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  }

  /**
   * Starts a program and waits until `ready` succeeds.
   *
   * @throws Error with the end of its output where the program ends or is not ready in two minutes.
   */
  async start(command: readonly [string, ...string[]], ready: () => Promise<unknown>): Promise<void> {
    const child = await this.#spawn(command);
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
  async run(command: readonly [string, ...string[]]): Promise<void> {
    const child = await this.#spawn(command);
    if (!(await endsWithin(child, upWithinMs))) child.kill('SIGKILL');
    if (child.exitCode !== 0) throw await this.#notUp();
  }

  /** Ends the server, where it runs: asked first, then not. */
  async end(): Promise<void> {
    await this.#endWith('SIGTERM', 'SIGKILL');
  }

  /** Ends the server without a word. */
  async kill(): Promise<void> {
    await this.#endWith('SIGKILL');
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
    throw new Error(`${this.#label} (process ${child.pid ?? 'unknown'}) does not end`);
  }

  /** The process notes its own id before it becomes the server: whenever the owner dies, the watchdog can know it. */
  async #spawn(command: readonly [string, ...string[]]): Promise<ChildProcess> {
    const output = await open(this.outputFile, 'a', 0o600);
    try {
      const child = spawn('/bin/sh', ['-c', 'echo $$ >"$0" && exec "$@"', this.#pidFile, ...command], {
        stdio: ['ignore', output.fd, output.fd],
        cwd: this.folder,
        env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
        // A Ctrl-C is for the owner: it, or the watchdog, ends the server in order.
        detached: true,
      });
      child.unref();
      return child;
    } finally {
      await output.close();
    }
  }

  async #notUp(cause?: unknown): Promise<Error> {
    const output = await readFile(this.outputFile, 'utf8');
    return new Error(`${this.#label} did not come up. The end of its log:\n${output.slice(-4_000)}`, { cause });
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const endsWithin = async (child: ChildProcess, ms: number): Promise<boolean> => {
  const deadline = Date.now() + ms;
  while (!hasEnded(child) && Date.now() < deadline) await sleep(10);
  return hasEnded(child);
};
