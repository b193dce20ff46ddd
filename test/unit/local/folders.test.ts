import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type os from 'node:os';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'folders-'));
  vi.resetModules();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const load = async (cache: string) => {
  vi.stubEnv('STRONGROOM_CACHE', cache);
  return { ...(await import('../../../local/temporary-folder.ts')), ...(await import('../../../local/state.ts')) };
};

describe('the temporary folder', () => {
  it('stays where it has room', async () => {
    const { useRoomyTemporaryFolder } = await load(path.join(folder, 'cache'));
    vi.stubEnv('TMPDIR', folder);
    await useRoomyTemporaryFolder(1);
    expect(process.env['TMPDIR']).toBe(folder);
  });

  it('is one of the cache where it can not be used', async () => {
    const { useRoomyTemporaryFolder } = await load(path.join(folder, 'cache'));
    vi.stubEnv('TMPDIR', path.join(folder, 'nowhere'));
    await useRoomyTemporaryFolder(1);
    expect(process.env['TMPDIR']).toBe(path.join(folder, 'cache', 'tmp'));
  });

  it('needs room: where neither has it, one sentence says what to do, and nothing is set', async () => {
    const { useRoomyTemporaryFolder, NoRoomError } = await load(path.join(folder, 'cache'));
    vi.stubEnv('TMPDIR', folder);
    const refused = useRoomyTemporaryFolder(Number.MAX_SAFE_INTEGER);
    await expect(refused).rejects.toThrow(NoRoomError);
    await expect(refused).rejects.toThrow('set TMPDIR to a folder with more room');
    expect(process.env['TMPDIR']).toBe(folder);
  });
});

it('a cache folder that can not be written is named, with what to set', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const { claim, ClosedCacheError } = await load(path.join(file, 'cache'));
  const refused = claim(folder);
  await expect(refused).rejects.toThrow(ClosedCacheError);
  await expect(refused).rejects.toThrow('set STRONGROOM_CACHE to a folder that this user can write');
});

it('a user without HOME and without an entry in /etc/passwd has a home that does not exist', async () => {
  vi.doMock('node:os', async (original) => ({
    ...(await original<typeof os>()),
    homedir: () => {
      throw new Error('uv_os_homedir returned ENOENT');
    },
  }));
  vi.stubEnv('HOME', undefined);
  const { isUserSetting, useOwnSettingsOnly } = await import('../../../local/user-settings.ts');
  // What it takes away comes back with the other variables.
  for (const name of Object.keys(process.env).filter(isUserSetting)) vi.stubEnv(name, undefined);
  useOwnSettingsOnly();
  expect(process.env['HOME']).toBe('/nonexistent');
  vi.doUnmock('node:os');
});
