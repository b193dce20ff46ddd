/** Runs `npm run local` as a user does, in a cache folder of its own beside the installed emulator. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { installEmulator } from '../../local/emulator/install.ts';
import type { RehearsalEvent } from '../../local/rehearsal/report.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface LocalCommand {
  /** Starts the command; never rejects, look at `exitCode`. */
  run(args?: readonly string[], env?: Readonly<Record<string, string>>): RunningCommand;
  /** What runs of this folder have left on the machine: processes and temporary folders. */
  leftovers(): Promise<string[]>;
  remove(): Promise<void>;
}

export type RunningCommand = ReturnType<typeof start>;

const start = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  execa(process.execPath, ['--import', './local/with-tsx.js', 'local/main.ts', ...args], {
    cwd: root,
    env,
    stdin: 'ignore',
    reject: false,
  });

/** @param installed - whether the emulator is there already. @default true */
export const localCommand = async ({ installed = true } = {}): Promise<LocalCommand> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lc-'));
  const temporary = path.join(folder, 'tmp');
  const cache = path.join(folder, 'cache');
  await Promise.all([mkdir(temporary), mkdir(cache)]);
  // As root, PostgreSQL runs as another user, who must get through here.
  await chmod(folder, 0o755);
  if (installed) {
    const environment = path.resolve(await installEmulator(), '../..');
    await symlink(environment, path.join(cache, path.basename(environment)));
  }
  return {
    run: (args = [], env = {}) => start(args, { STRONGROOM_CACHE: cache, TMPDIR: temporary, ...env }),
    leftovers: async () => {
      const processes = (await processesOf(folder)).filter((line) => !line.includes('vitest'));
      // What the runtime itself keeps for the next start is not ours.
      const folders = (await readdir(temporary)).filter((name) => !/^(tsx-\d+|node-compile-cache)$/.test(name));
      return [...processes.map((line) => line.slice(0, 200)), ...folders];
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};

/** Commands and environments that name a folder, from the kernel where it says them: a container may have no `ps`. */
const processesOf = async (folder: string): Promise<string[]> => {
  const pids = await readdir('/proc').catch(() => undefined);
  if (pids === undefined) {
    const { stdout } = await execa('ps', ['-eo', 'pid=,args=', 'e', '-ww']);
    return stdout.split('\n').filter((line) => line.includes(folder));
  }
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const all = await Promise.all(
    pids
      .filter((pid) => /^\d+$/.test(pid))
      .map(async (pid) => `${pid} ${await read(pid, 'cmdline')} ${await read(pid, 'environ')}`.replaceAll('\0', ' ')),
  );
  return all.filter((line) => line.includes(folder));
};

/** The events of `--json`. */
export const eventsOf = (stdout: string): RehearsalEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{"type"'))
    .map((line) => JSON.parse(line) as RehearsalEvent);
