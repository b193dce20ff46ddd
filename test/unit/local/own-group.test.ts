import { mkdtempSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { endWith, inOwnGroup } from '../../../local/own-group.ts';

/** Starts a grandchild that ignores SIGTERM and writes into a file for ever, then waits for it. */
const writesForEver = `
  (trap '' TERM; while :; do echo . >> "$0/written"; sleep 0.02; done) &
  trap '' TERM
  echo $! > "$0/ready"
  wait`;

const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), 'own-group-'));

const untilThere = async (file: string): Promise<string> => {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return text;
    await sleep(20);
  }
};

const start = (folder: string, signal: AbortSignal) => {
  const command = execa(...inOwnGroup('/bin/sh', '-c', writesForEver, folder), {
    stdin: 'pipe',
    detached: true,
    reject: false,
  });
  return { command, group: endWith(command, signal) };
};

/** The written file stays as long as it is. */
const nobodyWrites = async (folder: string): Promise<boolean> => {
  const before = await readFile(path.join(folder, 'written'), 'utf8');
  await sleep(200);
  return (await readFile(path.join(folder, 'written'), 'utf8')) === before;
};

describe('a command in its own group', () => {
  it('passes the exit code and the output on', async () => {
    const command = await execa(...inOwnGroup('/bin/sh', '-c', 'echo "$0 $1"; exit 7', 'a b', "c'd"), {
      stdin: 'pipe',
      detached: true,
      reject: false,
    });
    expect(command).toMatchObject({ exitCode: 7, stdout: "a b c'd" });
  });

  it('ends on the signal with all that it started, before ended() returns', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const { command, group } = start(folder, controller.signal);
    await untilThere(path.join(folder, 'written'));

    controller.abort();
    await command;
    await group.ended();

    expect(await nobodyWrites(folder)).toBe(true);
  });

  it('ends where the signal was aborted before', async () => {
    const folder = temporaryFolder();
    const { command, group } = start(folder, AbortSignal.abort());
    await command;
    await group.ended();
    await appendFile(path.join(folder, 'written'), '');
    expect(await nobodyWrites(folder)).toBe(true);
  });

  it.each([0, 5, 20, 60])('ends with its owner, killed %i ms after the start', async (ms) => {
    const folder = temporaryFolder();
    const owner = execa(
      process.execPath,
      [
        '--import',
        './local/with-tsx.js',
        '--input-type=module',
        '--eval',
        `import { spawn } from 'node:child_process';
         import { inOwnGroup } from './local/own-group.ts';
         spawn(...inOwnGroup('/bin/sh', '-c', process.argv[1], process.argv[2]), { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
         setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${ms});`,
        writesForEver,
        folder,
      ],
      { cwd: path.resolve(import.meta.dirname, '../../..'), reject: false },
    );
    expect((await owner).signal).toBe('SIGKILL');

    await appendFile(path.join(folder, 'written'), '');
    // Whatever has begun ends as soon as the system lets the guard run.
    for (let attempt = 0; attempt < 100 && !(await nobodyWrites(folder)); attempt += 1);
    expect(await nobodyWrites(folder)).toBe(true);
  });
});
