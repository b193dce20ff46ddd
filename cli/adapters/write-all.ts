/** Writes several files, all or none. New files get the mode that umask gives; others keep theirs. */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { CommandError } from '../terminal/errors.ts';

export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** What is replaced. Absent: there is no such file, and one that appears meanwhile is not overwritten. */
  readonly previous?: { readonly text: string; readonly mode: number };
}

/** @throws {@link CommandError} `write-failed`; then no file has changed */
export const writeAll = (files: readonly PlannedFile[]): void => {
  const undo: (() => void)[] = [];
  const suffix = `.strongroom-${randomUUID().slice(0, 8)}`;
  try {
    for (const { path, text, previous } of files) {
      undo.push(...createFolder(dirname(path)));
      undo.push(() => {
        if (existsSync(path + suffix)) rmSync(path + suffix);
      });
      writeFileSync(path + suffix, text, { flag: 'wx', flush: true });
      if (previous) chmodSync(path + suffix, previous.mode);
    }
    for (const file of files) undo.push(put(file, suffix));
  } catch (cause) {
    for (const step of undo.reverse()) step();
    const { code = 'unknown', path } = cause as NodeJS.ErrnoException;
    if (cause instanceof CommandError) throw cause;
    throw new CommandError('write-failed', `nothing was written: ${path ?? 'a file'} can't be written (${code})`, {
      cause,
    });
  }
  for (const { path } of files) rmSync(path + suffix, { force: true });
};

/** @returns how to undo it */
const put = ({ path, text, previous }: PlannedFile, suffix: string): (() => void) => {
  if (previous === undefined) {
    createFrom(path + suffix, path);
    return () => {
      rmSync(path, { force: true });
    };
  }
  if (readFileSync(path, 'utf8') !== previous.text) {
    throw new CommandError('write-failed', `nothing was written: ${path} changed meanwhile; run the command again`);
  }
  renameSync(path + suffix, path);
  return () => {
    if (readFileSync(path, 'utf8') !== text) return;
    writeFileSync(path + suffix, previous.text, { flag: 'wx' });
    chmodSync(path + suffix, previous.mode);
    renameSync(path + suffix, path);
  };
};

/** A link fails if the file exists. Some file systems have no links. */
const createFrom = (from: string, to: string): void => {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
};

/** @returns how to undo it */
const createFolder = (folder: string): (() => void)[] => {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return [];
  const created: string[] = [];
  for (let path = folder; ; path = dirname(path)) {
    created.push(path);
    if (path === first) break;
  }
  return created.reverse().map((path) => () => {
    rmdirSync(path);
  });
};
