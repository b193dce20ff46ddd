/** Reads the files of a catalog folder; what can't be read is a problem of that file. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { isWithin } from './is-within.ts';
import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import type { CatalogProblem } from '../messages/problem.ts';

/** More than any catalog file needs; a larger one is another file that got into the folder. */
const maximumBytes = 1024 * 1024;

export interface CatalogTexts {
  readonly files: readonly { readonly path: string; readonly name: string; readonly text: string }[];
  readonly problems: readonly CatalogProblem[];
}

export interface DraftFile {
  /** Name of the file in the folder. */
  readonly name: string;
  /** Absent: the folder is read without the file. */
  readonly text?: string;
}

/** Every `.yaml` and `.yml` file directly in the folder, by name, without hidden files. */
export const readCatalogFiles = (directory: string, draft?: DraftFile): CatalogTexts => {
  let names: string[];
  try {
    names = readdirSync(directory)
      .filter((name) => /^[^.].*\.ya?ml$/i.test(name))
      .sort();
  } catch (error) {
    return {
      files: [],
      problems: [{ code: 'folder-unreadable', file: directory, message: `can’t be read: ${directoryAdvice(error)}` }],
    };
  }
  if (names.length === 0) {
    const message =
      'has no catalog files; write organisation.yaml and one APPLICATION.yaml for each application into it';
    return { files: [], problems: [{ code: 'folder-empty', file: directory, message }] };
  }
  const read = withDraft(names, draft)
    .map((name) => ({ name, path: join(directory, name) }))
    .map((file) => ({ ...file, ...textOf(directory, file, draft) }));
  return {
    files: read.flatMap(({ name, path, text }) => (text === undefined ? [] : [{ name, path, text }])),
    problems: read.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ file: path, ...problem }])),
  };
};

interface ReadText {
  readonly text?: string;
  readonly problem?: { readonly code: CatalogProblemCode; readonly message: string };
}

const withDraft = (names: readonly string[], draft: DraftFile | undefined): string[] => [
  ...names.filter((name) => name !== draft?.name),
  ...(draft?.text === undefined ? [] : [draft.name]),
];

const textOf = (
  directory: string,
  { name, path }: { name: string; path: string },
  draft: DraftFile | undefined,
): ReadText => (name === draft?.name ? draft : readText(directory, path));

const readText = (directory: string, path: string): ReadText => {
  try {
    const stats = statSync(path);
    // To read from a pipe or a device may never end.
    if (!stats.isFile() && !stats.isDirectory())
      return problem('file-unreadable', 'is not a regular file; write one YAML file');
    if (!isWithin(directory, path)) {
      return problem('file-outside', 'is a symbolic link that leads out of the folder; put the file itself there');
    }
    const { size } = stats;
    if (size > maximumBytes) {
      return problem(
        'file-too-large',
        `has ${size} bytes, and a catalog file at most ${maximumBytes}; split it by application`,
      );
    }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    return problem('file-unreadable', `can’t be read: ${fileAdvice(error)}`);
  }
};

const problem = (code: CatalogProblemCode, message: string): ReadText => ({ problem: { code, message } });

const directoryAdvice = (error: unknown): string => {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'there is no such folder; name the folder with organisation.yaml';
  if (code === 'ENOTDIR') return 'it is a file; name the folder that it is in';
  return fileAdvice(error);
};

const fileAdvice = (error: unknown): string => {
  const code = codeOf(error) ?? 'the reason is not known';
  return adviceByCode[code] ?? code;
};

const adviceByCode: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; make it readable for you',
  EPERM: 'permission denied; make it readable for you',
  EISDIR: 'it is a folder; a catalog file is one YAML file',
  ENOENT: 'it is a link to nothing; remove it or restore its target',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8; save it as UTF-8',
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;
