/** Compares the files of init with what exists: what to create, what to merge, and what is in the way. */
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import type { PlannedFile } from '../../adapters/write-all.ts';
import { UsageError } from '../../terminal/errors.ts';
import type { InitFile } from './init-files.ts';
import { type Kept, mergeManifest } from './merge-manifest.ts';

export interface InitPlan {
  readonly files: readonly {
    /** For people, from the folder. */
    readonly path: string;
    /** Absent: the file is as it should be. */
    readonly planned?: PlannedFile;
  }[];
  /** Files that exist and differ. */
  readonly different: readonly string[];
  /** Entries of an existing file that stay, although init would write others. */
  readonly kept: readonly Kept[];
}

/** @throws {@link UsageError} if a file to merge can't be read */
export const planFiles = (
  { folder, repository }: { readonly folder: string; readonly repository: string },
  files: readonly InitFile[],
): InitPlan => {
  const plans = files.map((file) => {
    const absolute = join(file.from === 'repository' ? repository : folder, file.path);
    return { path: relative(folder, absolute), ...planOf(absolute, file) };
  });
  return {
    files: plans.map(({ path, planned }) => ({ path, ...(planned && { planned }) })),
    different: plans.filter(({ differs }) => differs).map(({ path }) => path),
    kept: plans.flatMap(({ kept = [] }) => kept),
  };
};

interface Plan {
  readonly planned?: PlannedFile;
  readonly differs?: boolean;
  readonly kept?: readonly Kept[];
}

const planOf = (path: string, { text, merge }: InitFile): Plan => {
  const found = existing(path);
  if (found === undefined) return { planned: { path, text } };
  if (found === 'not a file') return { differs: true };
  if (found.text === text) return {};
  if (merge === undefined) return { differs: true };
  const { merged, kept = [] } =
    merge === 'lines' ? { merged: withLines(found.text, text) } : mergeManifest(path, found.text, text);
  return merged === found.text ? { kept } : { planned: { path, text: merged, previous: found }, kept };
};

/** A link is never followed: the file that it leads to may belong to something else. */
const existing = (path: string): { text: string; mode: number } | 'not a file' | undefined => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return isBlocked(dirname(path)) ? 'not a file' : undefined;
  if (!stat.isFile()) return 'not a file';
  try {
    return { text: readFileSync(path, 'utf8'), mode: stat.mode & 0o777 };
  } catch (cause) {
    throw new UsageError(`${path} can't be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
};

/** Whether the folder can't be created, because a file or a link has its name. */
const isBlocked = (folder: string): boolean => {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return dirname(folder) !== folder && isBlocked(dirname(folder));
  return !stat.isDirectory();
};

/** Adds the lines that are missing; `node_modules` and `/node_modules/` ignore the same at the top. */
const withLines = (text: string, lines: string): string => {
  const bare = (line: string): string => line.trim().replaceAll(/^\/|\/$/g, '');
  const has = new Set(text.split('\n').map(bare));
  const missing = lines.split('\n').filter((line) => line !== '' && !has.has(bare(line)));
  if (missing.length === 0) return text;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`;
};
