import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { writeAll } from '../../../cli/adapters/write-all.ts';

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'strongroom-write-'));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
};

test('writes new files with their folders, and replaces others without changing their mode', () => {
  const path = folder();
  const old = join(path, 'old');
  writeFileSync(old, 'before', { mode: 0o640 });
  writeAll([
    { path: join(path, 'a/b/new'), text: 'new' },
    { path: old, text: 'after', previous: { text: 'before', mode: 0o640 } },
  ]);
  expect(readFileSync(join(path, 'a/b/new'), 'utf8')).toBe('new');
  expect(readFileSync(old, 'utf8')).toBe('after');
  expect(statSync(old).mode & 0o777).toBe(0o640);
  expect(readdirSync(path).sort()).toEqual(['a', 'old']);
  expect(readdirSync(join(path, 'a/b'))).toEqual(['new']);
});

test.each([
  { fault: 'has a name that is too long', make: (path: string) => ({ path: join(path, 'n'.repeat(300)), text: '' }) },
  {
    fault: 'exists by now',
    make: (path: string) => {
      writeFileSync(join(path, 'appeared'), 'of another');
      return { path: join(path, 'appeared'), text: 'mine' };
    },
  },
  {
    fault: 'changed since it was read',
    make: (path: string) => {
      writeFileSync(join(path, 'changed'), 'now');
      return { path: join(path, 'changed'), text: 'mine', previous: { text: 'then', mode: 0o644 } };
    },
  },
  {
    fault: 'lies below a file',
    make: (path: string) => {
      writeFileSync(join(path, 'file'), '');
      return { path: join(path, 'file/below'), text: 'mine' };
    },
  },
])('changes nothing if one file $fault', ({ make }) => {
  const path = folder();
  writeFileSync(join(path, 'old'), 'before');
  const bad = make(path);
  const before = readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]);
  expect(() => {
    writeAll([
      { path: join(path, 'a/b/new'), text: 'new' },
      { path: join(path, 'old'), text: 'after', previous: { text: 'before', mode: 0o644 } },
      bad,
    ]);
  }).toThrow(expect.objectContaining({ code: 'write-failed' }) as Error);
  expect(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')])).toEqual(before);
});
