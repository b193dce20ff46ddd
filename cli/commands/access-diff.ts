/** `strongroom access --diff`: what the catalog widens and narrows since a commit, for a reviewer and as a gate. */
import pico from 'picocolors';

import { type AccessChange, accessChanges } from '../../lib/access/index.ts';
import { type Catalog, CatalogError, didYouMean, formatProblem, loadCatalog } from '../../lib/catalog/index.ts';
import { withCommitted } from '../adapters/git.ts';
import { count, exitCode, UsageError } from '../errors.ts';
import { type Host, print } from '../host.ts';
import type { AccessOptions } from './access.ts';
import { authorityChanges } from './authority-changes.ts';

/** @returns 3 where a guarded environment is widened, else 0 */
export const accessDiff = (host: Host, now: Catalog, ref: string, options: AccessOptions): number => {
  const { changes: all, names, gone } = changesSince(now, ref, options.catalog);
  const isGuarded = guardOf(names, options.guard);
  const changes = all.filter(
    ({ environment, application }) =>
      (options.environment ?? environment) === environment &&
      (application === '*' || (options.application ?? application) === application),
  );
  const widened = changes.filter(({ effect, environment }) => effect === 'widens' && isGuarded(environment));
  const unguarded = gone.filter((name) => isGuarded(name) && (options.environment ?? name) === name);
  const guarded = [...new Set([...widened.map(({ environment }) => environment), ...unguarded])];
  print(host, { since: ref, changes, widensGuarded: guarded }, () =>
    inLines(host, ref, changes, { widened, unguarded }),
  );
  return guarded.length > 0 ? exitCode.findings : exitCode.ok;
};

interface Since {
  readonly changes: readonly AccessChange[];
  /** Of the environments of both catalogs. */
  readonly names: readonly string[];
  /** Environments that the catalog has no more. What is deployed of them stays, and nothing watches over it. */
  readonly gone: readonly string[];
}

/** As the commit was valid on its day: an exception that ended since is no reason not to compare. */
const changesSince = (now: Catalog, ref: string, directory: string): Since =>
  withCommitted(directory, ref, ({ path, committedAt }) => {
    const before = committedCatalog(path, committedAt, ref, directory);
    const [old, names] = [namesOf(before), namesOf(now)];
    return {
      changes: [...accessChanges(before, now), ...authorityChanges(before, now)],
      names: [...names, ...old],
      gone: old.filter((name) => !names.includes(name)),
    };
  });

const namesOf = ({ environments }: Catalog): string[] => environments.map(({ name }) => name);

const committedCatalog = (path: string, committedAt: Date, ref: string, directory: string): Catalog => {
  try {
    return loadCatalog(path, { today: committedAt });
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    const [first] = error.problems;
    const problem = first ? formatProblem({ ...first, file: first.file.replace(path, directory) }) : 'it is not valid';
    throw new UsageError(
      `--diff ${ref}: the catalog of that commit can't be loaded, so there is nothing to compare with: ${problem}`,
    );
  }
};

/** Without a word, whatever begins with `prod`; where there is none, every environment: production has another name there. */
const guardOf = (environments: readonly string[], guard: readonly string[] | undefined) => {
  const unknown = guard?.find((name) => !environments.includes(name));
  if (unknown !== undefined) {
    const known = [...new Set(environments)];
    throw new UsageError(
      `--guard ${unknown}: the catalog has no such environment; ${didYouMean(unknown, known, 'add it')}`,
    );
  }
  const isProduction = (name: string): boolean => name.startsWith('prod');
  if (guard) return (name: string): boolean => guard.includes(name);
  return environments.some(isProduction) ? isProduction : (): boolean => true;
};

const inLines = (
  host: Host,
  ref: string,
  changes: readonly AccessChange[],
  { widened, unguarded }: { readonly widened: readonly AccessChange[]; readonly unguarded: readonly string[] },
): string[] => {
  const { bold, dim, green, red } = pico.createColors(host.color);
  if (changes.length === 0 && unguarded.length === 0) return [`Nobody may do more or less than at ${ref}.`];
  const lines = (effect: AccessChange['effect']): string[] =>
    changes.filter((change) => change.effect === effect).map(({ text }) => text);
  const section = (title: string, mark: string, texts: readonly string[]): string[] =>
    texts.length === 0 ? [] : [bold(title), ...texts.map((text) => `  ${mark} ${text}`), ''];
  return [
    ...section(`Widens, since ${ref}`, red('+'), lines('widens')),
    ...section(`Narrows, since ${ref}`, green('-'), lines('narrows')),
    ...unguarded.map((name) =>
      red(
        `The catalog has no environment ${name} any more: what is deployed of it stays, and by another name it would not be guarded. ` +
          `To approve: exit code ${exitCode.findings}.`,
      ),
    ),
    ...(widened.length > 0
      ? [red(`${count(widened.length, 'change')} of ${summaryOf(widened)} to approve: exit code ${exitCode.findings}.`)]
      : []),
    ...(widened.length + unguarded.length === 0 ? [dim('Nothing that is guarded is widened.')] : []),
  ];
};

const summaryOf = (widened: readonly AccessChange[]): string =>
  [...new Set(widened.map(({ environment }) => environment))].join(', ');
