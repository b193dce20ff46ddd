/** The catalog as a commit has it, in a temporary folder: the repository and its index stay as they are. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UsageError } from '../errors.ts';

export interface CommittedFolder {
  /** Where the folder is while it is used. */
  readonly path: string;
  /** When the commit was made. */
  readonly committedAt: Date;
}

/**
 * Runs `use` with a folder as a commit has it.
 *
 * @param ref - anything that git takes for a commit: a branch, a tag, `HEAD~1`
 * @param option - how the command calls the commit, for messages
 * @throws {@link UsageError} where the folder is in no repository, there is no such commit, or the folder is not in it
 */
export const withCommitted = <Result>(
  folder: string,
  ref: string,
  use: (committed: CommittedFolder) => Result,
  option = '--diff',
): Result => {
  const { remove, ...committed } = checkOut(folder, ref, option);
  try {
    return use(committed);
  } finally {
    remove();
  }
};

/** {@link withCommitted} for what takes its time. */
export const withCommittedLater = async <Result>(
  folder: string,
  ref: string,
  option: string,
  use: (committed: CommittedFolder) => Promise<Result>,
): Promise<Result> => {
  const { remove, ...committed } = checkOut(folder, ref, option);
  try {
    return await use(committed);
  } finally {
    remove();
  }
};

const checkOut = (folder: string, ref: string, option: string): CommittedFolder & { remove: () => void } => {
  const top = askGit(option, folder, ['rev-parse', '--show-toplevel']);
  if (top === undefined) {
    throw new UsageError(`${option} ${ref}: ${folder} is in no git repository; name a catalog folder of a clone`);
  }
  const commit = askGit(option, folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (commit === undefined) {
    throw new UsageError(
      `${option} ${ref}: the repository has no such commit; name a branch, a tag or a commit, or fetch it first`,
    );
  }
  const prefix = askGit(option, folder, ['rev-parse', '--show-prefix']) ?? '';
  const temporary = mkdtempSync(join(tmpdir(), 'strongroom-diff-'));
  const remove = (): void => {
    rmSync(temporary, { recursive: true, force: true });
  };
  try {
    const files = join(temporary, 'files');
    mkdirSync(files);
    const git = (args: readonly string[], input = ''): string =>
      execFileSync('git', ['-C', top, ...args], {
        encoding: 'utf8',
        env: { ...process.env, GIT_INDEX_FILE: join(temporary, 'index') },
        input,
      });
    git(['read-tree', commit]);
    const names = git(['ls-files', '-z', '--', prefix === '' ? '.' : prefix]);
    if (names === '') {
      throw new UsageError(
        `${option} ${ref}: that commit has no folder ${prefix}; name one in which the catalog is there`,
      );
    }
    git(['checkout-index', '-z', '--stdin', `--prefix=${files}/`], names);
    const committedAt = new Date(git(['show', '--no-patch', '--format=%cI', commit]).trim());
    return { path: join(files, prefix), committedAt, remove };
  } catch (error) {
    remove();
    throw error;
  }
};

/** What git answers; nothing where it refuses. */
const askGit = (option: string, folder: string, args: readonly string[]): string | undefined => {
  try {
    return execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UsageError(`${option} needs git, which is not on the PATH; install it`);
    }
    return undefined;
  }
};
