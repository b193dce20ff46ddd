/** `strongroom access --diff`: what the catalog widens and narrows since a commit, for a reviewer and as a gate. */

import { type AccessChange, accessChanges } from '../../../lib/access/index.ts';
import { type Catalog } from '../../../lib/model/index.ts';
import { CatalogError, formatProblem, loadCatalog } from '../../../lib/catalog/index.ts';
import { withCommitted } from '../../adapters/git.ts';
import { count, exitCode, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import type { AccessOptions } from './access.ts';
import { authorityChanges } from './authority-changes.ts';
import { type Guard, guardOf } from './guard.ts';
import { stylesOf } from '../../terminal/styles.ts';

/** @returns 3 where a guarded environment is widened, else 0 */
export const accessDiff = (host: Host, now: Catalog, ref: string, options: AccessOptions): number => {
  const { changes: all, guard } = changesSince(now, ref, options);
  const changes = all.filter(
    ({ environment, application }) =>
      (options.environment ?? environment) === environment &&
      (application === '*' || (options.application ?? application) === application),
  );
  const widened = changes.filter((change) => change.effect === 'widens' && guard.covers(change));
  const gone = guard.gone.filter((name) => (options.environment ?? name) === name);
  const widensGuarded = [...new Set([...widened.map(({ environment }) => environment), ...gone])];
  print(host, { since: ref, changes, widensGuarded }, () => inLines(host, ref, changes, { widened, gone }));
  return widensGuarded.length > 0 ? exitCode.findings : exitCode.ok;
};

interface Since {
  readonly changes: readonly AccessChange[];
  readonly guard: Guard;
}

/** As the commit was valid on its day: an exception that has ended since does not prevent the comparison. */
const changesSince = (now: Catalog, ref: string, { catalog: directory, guard }: AccessOptions): Since =>
  withCommitted(directory, ref, ({ path, committedAt }) => {
    const before = committedCatalog(path, committedAt, ref, directory);
    return {
      changes: changesBetween(before, now),
      guard: guardOf(before, now, guard),
    };
  });

/** Call it while the files of both exist. */
export const changesBetween = (before: Catalog, now: Catalog): AccessChange[] => [
  ...accessChanges(before, now),
  ...authorityChanges(before, now),
];

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

const inLines = (
  host: Host,
  ref: string,
  changes: readonly AccessChange[],
  { widened, gone }: { readonly widened: readonly AccessChange[]; readonly gone: readonly string[] },
): string[] => {
  const { bold, dim, green, red } = stylesOf(host);
  if (changes.length === 0 && gone.length === 0) return [`No access changes since ${ref}.`];
  const lines = (effect: AccessChange['effect']): string[] =>
    changes.filter((change) => change.effect === effect).map(({ text }) => text);
  const section = (title: string, mark: string, texts: readonly string[]): string[] =>
    texts.length === 0 ? [] : [bold(title), ...texts.map((text) => `  ${mark} ${text}`), ''];
  return [
    ...section(`Widens, since ${ref}`, red('+'), lines('widens')),
    ...section(`Narrows, since ${ref}`, green('-'), lines('narrows')),
    ...gone.map((name) =>
      red(
        `The catalog has no environment ${name} any more: what is deployed of it stays, and by another name it would not be guarded. ` +
          `To approve: exit code ${exitCode.findings}.`,
      ),
    ),
    ...(widened.length > 0
      ? [red(`${count(widened.length, 'change')} of ${summaryOf(widened)} to approve: exit code ${exitCode.findings}.`)]
      : []),
    ...(widened.length + gone.length === 0 ? [dim('No guarded environment is widened.')] : []),
  ];
};

const summaryOf = (widened: readonly AccessChange[]): string =>
  [...new Set(widened.map(({ environment }) => environment))].join(', ');
