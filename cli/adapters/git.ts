/** The catalog as a commit has it, in a temporary folder: the repository and its index stay as they are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';

import type { Committed } from '../operators/evidence/catalog-files.ts';
import { UsageError } from '../terminal/errors.ts';

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

/** Texts of a file in the folder, of earlier commits than `ref`, newest first. */
export const formerTexts = (folder: string, ref: string, name: string): string[] => {
  const { top, prefix } = placeIn(folder, ref, '--since');
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const commits = text(
    git(top, ['log', `--max-count=${commitsLookedAt}`, '--no-show-signature', '--format=%H', ref, '--', path]),
  );
  return commits
    .split('\n')
    .filter(Boolean)
    .flatMap((commit) => askGit('--since', top, ['cat-file', 'blob', `${commit}:${path}`]).out ?? []);
};

/** The commit that is checked out, and the files directly in the folder as it has them. `undefined`: there is no commit, or no git. */
export const committedFiles = (folder: string): Committed | undefined => {
  const ask = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', ['-C', folder, ...safely, ...args], {
      encoding: 'utf8',
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return status === 0 ? stdout : undefined;
  };
  const commit = ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}')?.trim();
  const listing = commit === undefined ? undefined : ask('ls-tree', '-z', '-l', commit);
  if (commit === undefined || listing === undefined) return undefined;
  return { commit, files: entriesOf(Buffer.from(listing)).map(({ path, id }) => ({ name: path, id })) };
};

/** Changes of one file: enough for years, and read in seconds. */
const commitsLookedAt = 200;

const checkOut = (folder: string, ref: string, option: string): CommittedFolder & { remove: () => void } => {
  const { top, prefix } = placeIn(folder, ref, option);
  const commit = askGit(option, top, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]).out;
  if (commit === undefined) {
    throw new UsageError(
      `${option} ${ref}: the repository has no such commit; name a branch, a tag or a commit, or fetch it first`,
    );
  }
  const temporary = mkdtempSync(join(tmpdir(), 'strongroom-diff-'));
  const remove = (): void => {
    rmSync(temporary, { recursive: true, force: true });
  };
  try {
    const within = prefix === '' ? '' : `${prefix}/`;
    const listing = git(top, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...(prefix ? [within] : [])]);
    const entries = entriesOf(listing).filter(({ path }) => path.startsWith(within));
    if (entries.length === 0) {
      throw new UsageError(
        `${option} ${ref}: that commit has no folder ${prefix}/; name a commit that contains the catalog`,
      );
    }
    writeEntries(top, temporary, entries);
    const committedAt = new Date(text(git(top, ['show', '--no-patch', '--no-show-signature', '--format=%cI', commit])));
    return { path: join(temporary, prefix), committedAt, remove };
  } catch (error) {
    remove();
    throw error;
  }
};

/** The top of the repository that the folder is in, and the folder's path from there. */
const placeIn = (folder: string, ref: string, option: string): { top: string; prefix: string } => {
  const { out: top, said } = askGit(option, folder, ['rev-parse', '--show-toplevel']);
  if (top === undefined) {
    throw new UsageError(`${option} ${ref}: ${folder} ${whyNot(said)}`);
  }
  const place = realpathSync(folder);
  // A pull request may hold a link in place of the folder. It would be compared with what the link leads to.
  const named = pathsUpFrom(resolve(folder)).find((path) => realpathSync(path) === top);
  if (named === undefined || join(top, relative(named, resolve(folder))) !== place) {
    throw new UsageError(
      `${option} ${ref}: ${folder} leads through a symbolic link within its repository; name the folder itself, ${place}`,
    );
  }
  return { top, prefix: relative(top, place).split(sep).join('/') };
};

const whyNot = (said: string): string => {
  if (said.includes('dubious ownership')) {
    return 'is in a repository of another user, which git does not read; run git config --global --add safe.directory with its path';
  }
  return said.includes('bareRepository')
    ? 'holds the files of a git repository itself; take HEAD, config, objects and refs out of it'
    : 'is in no git repository; name a catalog folder of a clone';
};

const pathsUpFrom = (path: string): string[] =>
  dirname(path) === path ? [path] : [path, ...pathsUpFrom(dirname(path))];

interface Entry {
  readonly kind: 'file' | 'link';
  readonly id: string;
  readonly path: string;
}

/** A larger file than this is never a catalog's, unless its name says so: then the loader refuses it by its size. */
const largestBytes = 1024 * 1024;

/** Lines of `git ls-tree -l -z`: `100644 blob <id> <size>\t<path>`. */
const entriesOf = (listing: Buffer): Entry[] =>
  listing
    .toString('utf8')
    .split('\0')
    .flatMap((line): Entry[] => {
      const [, mode = '', id = '', size = '', path = ''] = /^(\d+) blob (\w+) +(\d+)\t(.*)$/s.exec(line) ?? [];
      const isOdd = path.split('/').some((part) => ['', '.', '..'].includes(part));
      if (id === '' || isOdd || (Number(size) > largestBytes && !/\.(ya?ml|pem|json)$/i.test(path))) return [];
      return [{ kind: mode === '120000' ? 'link' : 'file', id, path }];
    });

/**
 * Writes the blobs as they are. `git checkout-index` would run the filters that attributes of the repository ask for, and
 * change encodings and line ends.
 */
const writeEntries = (top: string, folder: string, entries: readonly Entry[]): void => {
  const blobs = blobsOf(git(top, ['cat-file', '--batch'], `${entries.map(({ id }) => id).join('\n')}\n`));
  const all = entries.map((entry, index) => ({ ...entry, blob: blobs[index] ?? Buffer.alloc(0) }));
  // Links last, so that no file is written through one. The loader refuses those that lead out of the folder.
  for (const { path, kind, blob } of [...all].sort((a, b) => a.kind.localeCompare(b.kind))) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (kind === 'file') writeFileSync(target, blob, { flag: 'wx' });
    else symlinkSync(blob.toString('utf8'), target);
  }
};

/** Of each object `<id> <kind> <size>\n`, its bytes, and a line end. */
const blobsOf = (batch: Buffer): Buffer[] => {
  const blobs: Buffer[] = [];
  for (let at = 0; at < batch.length;) {
    const end = batch.indexOf('\n', at);
    const size = Number(batch.toString('latin1', at, end).split(' ')[2]);
    blobs.push(batch.subarray(end + 1, end + 1 + size));
    at = end + size + 2;
  }
  return blobs;
};

/**
 * The repository may hold what a pull request brings. A folder with `HEAD`, `objects` and `refs` would be taken for a bare
 * repository with a configuration of its own, and `core.fsmonitor` and hooks of a configuration are commands.
 */
const safely = [
  ...['-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'],
  '--no-replace-objects',
];

/** Without the variables by which a hook that runs this command says which repository it is of. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofARepository.has(name))),
  LC_ALL: 'C',
});

/** `git rev-parse --local-env-vars` */
const ofARepository: ReadonlySet<string> = new Set([
  ...['GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_COMMON_DIR', 'GIT_DIR', 'GIT_GRAFT_FILE', 'GIT_IMPLICIT_WORK_TREE'],
  ...['GIT_INDEX_FILE', 'GIT_INTERNAL_SUPER_PREFIX', 'GIT_OBJECT_DIRECTORY', 'GIT_PREFIX', 'GIT_REPLACE_REF_BASE'],
  ...['GIT_SHALLOW_FILE', 'GIT_WORK_TREE'],
]);

const git = (folder: string, args: readonly string[], input = ''): Buffer =>
  execFileSync('git', ['-C', folder, ...safely, ...args], { env: environment(), input, maxBuffer: 1024 ** 3 });

const text = (output: Buffer): string => output.toString('utf8').trim();

/** What git answers; nothing where it refuses, and what it says to that. */
const askGit = (option: string, folder: string, args: readonly string[]): { out?: string; said: string } => {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', folder, ...safely, ...args], {
    encoding: 'utf8',
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error && 'code' in error && error.code === 'ENOENT') {
    throw new UsageError(`${option} needs git, which is not on the PATH; install it`);
  }
  if (error) throw error;
  return status === 0 ? { out: stdout.replace(/\n$/, ''), said: '' } : { said: stderr };
};
