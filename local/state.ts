/** What is up on this laptop: one platform a clone, recorded in `.strongroom/local.json`. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { cacheFolder } from './cache-folder.ts';

export interface LocalState {
  /** Process that holds the platform. */
  readonly pid: number;
  /** Temporary folder of the run. */
  readonly folder: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Folders of killed runs. A process that was about to end can write into one after it was removed. */
  readonly killedFolders?: readonly string[];
}

const stateFile = join(cacheFolder, 'local.json');

/** Another platform of this clone is up. */
export class AlreadyUpError extends Error {
  readonly code = 'ALREADY_UP';

  constructor(state: LocalState) {
    super(
      `The local platform is up already (process ${state.pid}, since ${state.startedAt}). ` +
        'Use it, or end it with: npm run local -- down',
    );
  }
}

/** The folder that outlives a run can't be written. */
export class ClosedCacheError extends Error {
  constructor(cause: unknown) {
    super(`${cacheFolder} can't be written: set STRONGROOM_CACHE to a folder that this user can write`, { cause });
  }
}

/**
 * Claims the clone for this process; what a killed run left behind is removed first.
 *
 * @throws AlreadyUpError while another process holds it.
 * @throws ClosedCacheError if the claim can't be recorded.
 */
export const claim = async (folder: string): Promise<void> => {
  const left = await readState();
  if (left && (await isUp(left.pid))) throw new AlreadyUpError(left);
  if (left) await removeLeftovers(left);
  const state: LocalState = {
    pid: process.pid,
    folder,
    startedAt: new Date().toISOString(),
    ...(left && { killedFolders: foldersOf(left) }),
  };
  try {
    await mkdir(dirname(stateFile), { recursive: true });
    await writeFile(stateFile, JSON.stringify(state), { flag: 'wx' });
  } catch (error) {
    throw isClosed(error) ? new ClosedCacheError(error) : error;
  }
};

const isClosed = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && closedCodes.includes(String(error.code));

const closedCodes = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'];

/** Gives the clone up, and removes once more what killed runs had left. */
export const release = async (): Promise<void> => {
  for (const folder of (await readState())?.killedFolders ?? []) await rm(folder, { recursive: true, force: true });
  await rm(stateFile, { force: true });
};

export type DownResult = 'nothing was up' | 'ended' | 'removed what a killed run had left';

/** Ends the platform of this clone, and waits until it is gone. */
export const down = async (timeoutMs = 120_000): Promise<DownResult> => {
  const state = await readState();
  if (!state) return 'nothing was up';
  if (!(await isUp(state.pid))) {
    await removeLeftovers(state);
    return 'removed what a killed run had left';
  }
  process.kill(state.pid, 'SIGTERM');
  const deadline = Date.now() + timeoutMs;
  while (await isUp(state.pid)) {
    if (Date.now() > deadline) {
      throw new Error(
        `Process ${state.pid} did not end within ${timeoutMs / 1000} s; look that it is the platform (ps -p ${state.pid}), then end it with: kill -9 ${state.pid}`,
      );
    }
    await sleep(100);
  }
  await removeLeftovers(state);
  return 'ended';
};

const removeLeftovers = async (state: LocalState): Promise<void> => {
  for (const folder of foldersOf(state)) await rm(folder, { recursive: true, force: true });
  await release();
};

const foldersOf = ({ folder, killedFolders = [] }: LocalState): readonly string[] => [folder, ...killedFolders];

const readState = async (): Promise<LocalState | undefined> => {
  try {
    return JSON.parse(await readFile(stateFile, 'utf8')) as LocalState;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new Error(`${stateFile} can't be read: end the platform's processes, then move the file away and try again`, {
      cause: error,
    });
  }
};

/** Alive, and a Strongroom process: after a reboot the number may belong to somebody else. */
const isUp = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
  const command = await commandOf(pid);
  return command === undefined || command.includes(join('local', ''));
};

/** The command line of a process; undefined if neither the kernel nor `ps` shows it, as in a container without procps. */
const commandOf = async (pid: number): Promise<string | undefined> => {
  const kernel = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (kernel !== undefined) return kernel.replaceAll('\0', ' ');
  const { stdout, failed } = await execa('ps', ['-p', String(pid), '-o', 'args='], { reject: false });
  return failed ? undefined : stdout;
};
