/** The two commands where others will run them: as root in a closed folder, as an unknown user, with odd settings. */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
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
  it('`npm run local` shows every line held, ends with a summary and leaves nothing behind', async () => {
    const { all, exitCode } = await run('npm', 'run', 'local');
    expect(all).toContain('Stacks deployed: 11');
    expect(all).toContain('PostgreSQL refuses the old password');
    expect(all).toContain('RotationSucceeded of dev/payments/orders-db');
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

it('starts with the settings of another project in the environment, no home and a deep temporary folder', async () => {
  const TMPDIR = path.join(clone.temporary, 'a'.repeat(120));
  await mkdir(TMPDIR);
  const nowhere = 'http://127.0.0.1:9';
  const settings = {
    ...{ TMPDIR, HOME: '/nonexistent', TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', HTTPS_PROXY: nowhere },
    ...{
      AWS_PROFILE: 'none',
      AWS_ENDPOINT_URL: nowhere,
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
    },
    ...{ PGHOST: 'nowhere', PGSSLMODE: 'disable', PGOPTIONS: '-c nonsense=1', MYSQL_HOST: 'nowhere' },
    ...{ PYTHONHOME: '/nonexistent', PYTHONPATH: '/nonexistent', NODE_OPTIONS: '--enable-source-maps' },
  };
  const parts = ['local-aws', 'postgres-18', 'mysql', 'mariadb', 'redis'];
  const { all } = await run('env', ...Object.entries(settings).map((pair) => pair.join('=')), ...startParts(...parts));
  for (const part of parts) expect(all).toContain(`started and ended: ${part}`);
});

describe('with a TMPDIR that can not be used', () => {
  const folders = async (): Promise<Readonly<Record<string, string>>> => {
    const closed = path.join(clone.above, 'closed');
    await mkdir(closed, { recursive: true, mode: 0o555 });
    return {
      '/proc/none': 'it does not exist',
      [path.join(clone.above, 'missing')]: 'it does not exist',
      [path.join(clone.folder, 'package.json')]: 'it is not a folder',
      'a/relative/path': 'it is not an absolute path',
      // Root may write in every folder of a disk.
      ...(process.getuid?.() === 0
        ? { '/proc': 'nothing can be made in it' }
        : { [closed]: "this user can't write there" }),
    };
  };

  it.each([
    { command: 'npm run local', words: ['npm', 'run', 'local'] },
    { command: 'npm test', words: ['npm', 'test'] },
    { command: 'npm run test:unit', words: ['npm', 'run', 'test:unit'] },
  ] as const)('$command says so at once, and does nothing', async ({ words }) => {
    const [program, ...args] = words;
    for (const [folder, reason] of Object.entries(await folders())) {
      const { all, exitCode } = await run('env', `TMPDIR=${folder}`, program, ...args);
      expect(all).toContain(
        `TMPDIR=${folder} can't be used: ${reason}. Set TMPDIR to an existing folder that this user can write.`,
      );
      expect(exitCode).toBe(2);
    }
    expect(await readdir(clone.above)).not.toContain('missing');
  });

  it('says the same of the cache', async () => {
    const { all, exitCode } = await run('env', 'STRONGROOM_CACHE=/dev/null/cache', 'npm', 'run', 'local');
    expect(all).toContain("STRONGROOM_CACHE=/dev/null/cache can't be used: it is not a folder.");
    expect(exitCode).toBe(2);
  });
});

/** What the runtime keeps for the next start is not ours. */
const leftovers = async (): Promise<string[]> =>
  (await readdir(clone.temporary)).filter((name) => !/^(tsx-\d+|node-compile-cache)$/.test(name));
