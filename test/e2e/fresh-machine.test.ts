/** The two commands where others will run them: as root in a closed folder, as an unknown user, with odd settings. */
import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshClone, type FreshClone } from '../_helpers/fresh-clone.ts';

let clone: FreshClone;

beforeAll(async () => {
  clone = await freshClone();
});

afterAll(() => clone.remove());

/** What a fresh shell has. */
const shell = () => ({ PATH: process.env['PATH'], TMPDIR: clone.temporary, HOME: clone.above });

const run = (program: string, ...args: readonly string[]) =>
  execa('/bin/sh', ['-c', 'umask 077 && exec "$0" "$@"', program, ...args], {
    cwd: clone.folder,
    extendEnv: false,
    env: shell(),
    stdin: 'ignore',
    reject: false,
    all: true,
  });

const databases = [
  'postgres-15',
  'postgres-18',
  'postgres-replica',
  'mariadb',
  'mysql',
  'redis',
  'valkey',
  'mongo',
] as const;

const startParts = (...parts: readonly string[]) =>
  [process.execPath, '--import', 'tsx', 'test/_fixtures/start-parts.ts', ...parts] as const;

describe('below a folder that only its owner can enter, with umask 077', () => {
  it('`npm run local` shows every line held, and leaves nothing behind', async () => {
    const { all, exitCode } = await run('npm', 'run', 'local');
    expect(all).toContain('PostgreSQL refuses the old password');
    expect(all).toContain('all together');
    expect(exitCode).toBe(0);
    expect(await leftovers()).toEqual([]);
  });

  it('every database server starts, uses its data and ends', async () => {
    const { all } = await run(...startParts(...databases));
    expect(all).toBe(databases.map((part) => `started and ended: ${part}`).join('\n'));
    expect(await leftovers()).toEqual([]);
  });
});

/** What the runtime keeps for the next start is not ours. */
const leftovers = async (): Promise<string[]> =>
  (await readdir(clone.temporary)).filter((name) => !/^(tsx-\d+|node-compile-cache)$/.test(name));
