/** `strongroom access --diff`: what the catalog widens and narrows since a commit, for a reviewer and as a gate. */
import pico from 'picocolors';

import { type AccessChange, accessChanges } from '../../lib/access/index.ts';
import { type Catalog, CatalogError, didYouMean, formatProblem, loadCatalog } from '../../lib/catalog/index.ts';
import { withCommitted } from '../adapters/git.ts';
import { count, exitCode, UsageError } from '../errors.ts';
import { type Host, print } from '../host.ts';
import type { AccessOptions } from './access.ts';

/** @returns 3 where a guarded environment is widened, else 0 */
export const accessDiff = (host: Host, now: Catalog, ref: string, options: AccessOptions): number => {
  const before = committedCatalog(options.catalog, ref);
  const isGuarded = guardOf(
    [...now.environments, ...before.environments].map(({ name }) => name),
    options.guard,
  );
  const changes = accessChanges(before, now).filter(
    ({ environment, application }) =>
      (options.environment ?? environment) === environment &&
      (application === '*' || (options.application ?? application) === application),
  );
  const widened = changes.filter(({ effect, environment }) => effect === 'widens' && isGuarded(environment));
  const guarded = [...new Set(widened.map(({ environment }) => environment))];
  print(host, { since: ref, changes, widensGuarded: guarded }, () => inLines(host, ref, changes, widened));
  return widened.length > 0 ? exitCode.findings : exitCode.ok;
};

/** As it was valid on the day of the commit: an exception that ended since is no reason not to compare. */
const committedCatalog = (directory: string, ref: string): Catalog =>
  withCommitted(directory, ref, ({ path, committedAt }) => {
    try {
      return loadCatalog(path, { today: committedAt });
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      const [first] = error.problems;
      const problem = first
        ? formatProblem({ ...first, file: first.file.replace(path, directory) })
        : 'it is not valid';
      throw new UsageError(
        `--diff ${ref}: the catalog of that commit can't be loaded, so there is nothing to compare with: ${problem}`,
      );
    }
  });

/** Without a word, `prod` and whatever begins with `prod-`. */
const guardOf = (environments: readonly string[], guard: readonly string[] | undefined) => {
  const unknown = guard?.find((name) => !environments.includes(name));
  if (unknown !== undefined) {
    const known = [...new Set(environments)];
    throw new UsageError(
      `--guard ${unknown}: the catalog has no such environment; ${didYouMean(unknown, known, 'add it')}`,
    );
  }
  return (name: string): boolean => (guard ? guard.includes(name) : /^prod(-|$)/.test(name));
};

const inLines = (
  host: Host,
  ref: string,
  changes: readonly AccessChange[],
  widened: readonly AccessChange[],
): string[] => {
  const { bold, dim, green, red } = pico.createColors(host.color);
  if (changes.length === 0) return [`Nobody may do more or less than at ${ref}.`];
  const lines = (effect: AccessChange['effect']): string[] =>
    changes.filter((change) => change.effect === effect).map(({ text }) => text);
  const section = (title: string, mark: string, texts: readonly string[]): string[] =>
    texts.length === 0 ? [] : [bold(title), ...texts.map((text) => `  ${mark} ${text}`), ''];
  return [
    ...section(`Widens, since ${ref}`, red('+'), lines('widens')),
    ...section(`Narrows, since ${ref}`, green('-'), lines('narrows')),
    widened.length > 0
      ? red(`${count(widened.length, 'change')} of ${summaryOf(widened)} to approve: exit code ${exitCode.findings}.`)
      : dim('Nothing that is guarded is widened.'),
  ];
};

const summaryOf = (widened: readonly AccessChange[]): string =>
  [...new Set(widened.map(({ environment }) => environment))].join(', ');
