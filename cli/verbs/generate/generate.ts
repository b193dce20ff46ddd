/** `strongroom generate`: writes what the consumers of each application may read, as TypeScript for the client. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Catalog } from '../../../lib/model/index.ts';
import { didYouMean, loadCatalog } from '../../../lib/catalog/index.ts';
import { CommandError, count, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { declarationFile, fileMark } from './declaration-file.ts';
import { applicationsOf, declaredReads, type LeftOut } from './declared-reads.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface GenerateOptions {
  readonly catalog: string;
  /** Only this application. */
  readonly application?: string;
  /** Only this environment. */
  readonly environment?: string;
  /** Folder that the files are written to. */
  readonly out: string;
  /** Write nothing, and fail where a file is not what the catalog says. */
  readonly check?: boolean;
}

/**
 * @throws {@link CatalogError} with every problem of every file
 * @throws {@link UsageError} where the catalog has no such environment or application, or the folder can't be written
 * @throws {@link CommandError} `generated-stale`
 */
export const generate = (host: Host, options: GenerateOptions): void => {
  const catalog = loadCatalog(options.catalog, { today: host.now() });
  const environments = selected(catalog, options);
  const applications = options.application === undefined ? applicationsOf(environments) : [options.application];
  const files = applications.map((application) => plannedFile(options, { environments }, application));
  // With one application named, the files of the others are none of our business.
  const removed = options.application === undefined ? abandoned(options.out, applicationsOf(catalog.environments)) : [];
  const changes: Change[] = [...files, ...removed];
  if (options.check) refuseStale(options, changes);
  else write(options.out, changes);
  report(host, options, changes);
};

interface Change {
  readonly path: string;
  /** Absent: the file goes. */
  readonly content?: string;
  readonly state: 'missing' | 'differs' | 'same' | 'abandoned';
  readonly leftOut: readonly (LeftOut & { readonly consumer: string })[];
}

const selected = ({ environments }: Catalog, { environment, application }: GenerateOptions) => {
  const names = environments.map(({ name }) => name);
  if (environment !== undefined && !names.includes(environment)) throw unknown('environment', environment, names);
  const chosen = environments.filter(({ name }) => environment === undefined || name === environment);
  const applications = applicationsOf(chosen);
  if (application !== undefined && !applications.includes(application)) {
    throw unknown('application', application, applications, environment);
  }
  return chosen;
};

const unknown = (
  what: 'environment' | 'application',
  name: string,
  names: readonly string[],
  environment?: string,
): UsageError => {
  const where = environment === undefined ? '' : ` in ${environment}`;
  return new UsageError(
    `--${what} ${name}: the catalog has no such ${what}${where}; ${didYouMean(name, names, 'add it')}`,
  );
};

const plannedFile = ({ out }: GenerateOptions, catalog: Pick<Catalog, 'environments'>, application: string): Change => {
  const reads = declaredReads(catalog, application);
  const content = declarationFile(application, reads);
  const path = join(out, `${application}.ts`);
  const found = readText(path, out);
  if (found !== undefined && !found.startsWith(fileMark)) {
    throw new UsageError(`${path} was not made by this command: move it away, or write to another folder with --out`);
  }
  return {
    path,
    content,
    state: found === undefined ? 'missing' : found === content ? 'same' : 'differs',
    leftOut: reads.flatMap(({ declaration: { consumer }, leftOut }) => leftOut.map((one) => ({ consumer, ...one }))),
  };
};

/** Files of applications that the catalog no longer has. */
const abandoned = (out: string, applications: readonly string[]): Change[] =>
  atFolder(out, () => (existsSync(out) ? readdirSync(out) : []))
    .sort()
    .filter((name) => name.endsWith('.ts') && !applications.includes(name.slice(0, -'.ts'.length)))
    .map((name) => join(out, name))
    .filter((path) => readText(path, out)?.startsWith(fileMark) === true)
    .map((path) => ({ path, state: 'abandoned', leftOut: [] }));

const refuseStale = ({ out }: GenerateOptions, changes: readonly Change[]): void => {
  const stale = changes.filter(({ state }) => state !== 'same');
  if (stale.length === 0) return;
  throw new CommandError(
    'generated-stale',
    `${count(stale.length, 'file')} in ${out} ${stale.length === 1 ? 'is' : 'are'} not as the catalog says: ` +
      `${stale.map(({ path, state }) => `${path} (${stateWords[state]})`).join(', ')}; run strongroom generate without --check`,
  );
};

const stateWords = {
  missing: 'missing',
  differs: 'differs',
  same: 'same',
  abandoned: 'of no application of the catalog',
} as const;

const write = (out: string, changes: readonly Change[]): void => {
  atFolder(out, () => mkdirSync(out, { recursive: true }));
  for (const { path, content, state } of changes) {
    if (state === 'same') continue;
    atFolder(out, () => {
      if (content === undefined) rmSync(path);
      else writeFileSync(path, content);
    });
  }
};

const report = (host: Host, { check }: GenerateOptions, changes: readonly Change[]): void => {
  const { dim } = stylesOf(host);
  const done = ({ content, state }: Change): string => {
    if (state === 'same') return 'unchanged';
    return content === undefined ? 'removed' : 'written';
  };
  const files = changes.map((change) => ({ path: change.path, result: done(change), leftOut: change.leftOut }));
  print(host, { files }, () => [
    ...files.flatMap(({ path, result, leftOut }) => [
      `${result} ${path}`,
      ...leftOut.map(({ consumer, name, environments }) =>
        dim(`  left out for ${consumer}: ${name}, which it reads in ${environments.join(', ')} only`),
      ),
    ]),
    ...(check ? [`${count(files.length, 'file')} as the catalog says`] : []),
  ]);
};

const readText = (path: string, out: string): string | undefined =>
  atFolder(out, () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined));

const atFolder = <Result>(out: string, act: () => Result): Result => {
  try {
    return act();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new UsageError(`--out ${out} must be a folder that can be read and written (${message})`, { cause });
  }
};
