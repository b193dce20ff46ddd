import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasDebianPackages,
  installDebianPackages,
  type DebianPackages,
} from '../../../../local/databases/debian-packages.ts';
import { findPrograms, type ServerPackage } from '../../../../local/databases/server-programs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const hello: DebianPackages = { suite: 'bookworm', packages: ['hello'], programs: ['usr/bin/hello'] };

/** Makes apt reach nothing, whatever network there is. */
const withoutNetwork = async (action: () => Promise<unknown>): Promise<void> => {
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = 'http://127.0.0.1:9';
  try {
    await action();
  } finally {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  }
};

if (await hasDebianPackages()) {
  describe('a package of Debian', () => {
    it('is installed once for two who ask at once, runs with its own libraries, and needs no network any more', async () => {
      const told: string[] = [];
      const options = { cacheFolder: join(folder, 'cache'), onProgress: (what: string) => told.push(what) };
      const [one, two] = await Promise.all([
        installDebianPackages(hello, options),
        installDebianPackages(hello, options),
      ]);
      expect(two).toEqual(one);
      expect(told).toEqual(['Downloading hello of Debian bookworm (once)']);
      expect(one.version).toMatch(/^2\.10-/);

      const program = join(one.root, 'usr/bin/hello');
      expect((await execa(program)).stdout).toBe('Hello, world!');
      expect(await readFile(program, 'utf8')).toMatch(/exec "\$root\/.*\/ld-linux/);
      await withoutNetwork(() => installDebianPackages(hello, options));
    });

    it('is installed anew where a killed run left it half done', async () => {
      const cacheFolder = join(folder, 'cache');
      const { root } = await installDebianPackages(hello, { cacheFolder });
      await rm(join(root, 'installed.json'));
      await rm(join(root, 'usr/bin/hello'));

      await installDebianPackages(hello, { cacheFolder });

      expect((await execa(join(root, 'usr/bin/hello'))).stdout).toBe('Hello, world!');
    });

    it('says why it can not be had, and leaves no lock', async () => {
      const cacheFolder = join(folder, 'unreachable');
      const install = () => installDebianPackages(hello, { cacheFolder });
      await withoutNetwork(() =>
        expect(install()).rejects.toThrow(/could not get packages of Debian bookworm from http:\/\/deb\.debian\.org/),
      );
      const nonsense: DebianPackages = { ...hello, packages: ['no-such-package-at-all'] };
      await expect(installDebianPackages(nonsense, { cacheFolder: join(folder, 'cache') })).rejects.toThrow(
        'Unable to locate package no-such-package-at-all',
      );
    });
  });
}

describe('a server on a machine without Debian packages', () => {
  const server: ServerPackage<'hellod'> = {
    label: 'Hello 2',
    suite: 'bookworm',
    packages: ['hello'],
    programs: { hellod: 'usr/bin/hello' },
    versionOf: 'hellod',
    version: /hellod 2\./,
    elsewhere: 'install it (macOS: brew install hello)',
  };
  const find = (folders: string[]) => findPrograms({ ...server, folders }, undefined, () => Promise.resolve(false));
  const withVersion = async (version: string): Promise<string> => {
    const bin = await mkdtemp(join(folder, 'bin-'));
    await writeFile(join(bin, 'hellod'), `#!/bin/sh\necho hellod ${version}\n`);
    await chmod(join(bin, 'hellod'), 0o755);
    return bin;
  };

  it('is the one that is installed', async () => {
    const bin = await withVersion('2.10');
    expect(await find([bin])).toEqual({ path: { hellod: join(bin, 'hellod') } });
  });

  it.each([
    ['not installed', () => Promise.resolve(join(folder, 'nowhere'))],
    ['too old', () => withVersion('1.9')],
  ])('is asked for in one sentence where it is %s', async (_, bin) => {
    await expect(find([await bin()])).rejects.toThrow(
      /^Hello 2 is not installed: install it \(macOS: brew install hello\)$/,
    );
  });
});
