/** The main process of a PostgreSQL, known by the note that it keeps in its data folder. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Ends the server of a data folder, ever less gently; nothing where none runs. @throws Error where it does not end. */
export const endPostmaster = async (data: string): Promise<void> => {
  const pid = await readPid(data);
  if (pid === undefined) return;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (await ended(pid, signal)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) does not end`);
};

const readPid = async (data: string): Promise<number | undefined> => {
  try {
    const [pid] = (await readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n');
    return Number(pid);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const endsWithinMs = 5_000;

/** Sends a signal and waits for the process to end. */
const ended = async (pid: number, signal: NodeJS.Signals): Promise<boolean> => {
  const deadline = Date.now() + endsWithinMs;
  for (let next: NodeJS.Signals | 0 = signal; Date.now() < deadline; next = 0) {
    try {
      process.kill(pid, next);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
};
