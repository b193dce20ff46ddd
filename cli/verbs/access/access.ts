/** `strongroom access`: who may do what with which secret. */
import { writeFileSync } from 'node:fs';

import { type AccessFilter, type AccessRow, accessRows, iamInstead } from '../../../lib/access/index.ts';
import { type Catalog, type EnvironmentCatalog, roleArnIn } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { platformApplication } from '../../../lib/contract/index.ts';
import { unknownName } from '../../catalog/catalog-names.ts';
import { exitCode, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { table } from '../../terminal/table.ts';
import { accessDiff } from './access-diff.ts';
import { accessPicture } from './access-picture.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface AccessOptions extends AccessFilter {
  readonly catalog: string;
  /** Where a picture is written. */
  readonly svg?: string;
  /** A commit, to tell what has changed since. */
  readonly diff?: string;
  /** Environments that nobody widens without approval. */
  readonly guard?: readonly string[];
}

/**
 * @returns the exit code: 3 where `diff` is given and a guarded environment is widened
 * @throws {@link CatalogError} with every problem of every file
 * @throws {@link UsageError} where the catalog has no such environment or application, or there is no such commit
 */
export const access = (host: Host, options: AccessOptions): number => {
  const { catalog: directory, environment, application, svg, diff, guard } = options;
  if (guard && diff === undefined) {
    throw new UsageError('--guard is for --diff: name the commit to compare with, such as --diff origin/main');
  }
  if (svg !== undefined && diff !== undefined) {
    throw new UsageError('--svg draws the current access, and --diff shows what changes; leave one out');
  }
  const catalog = loadCatalog(directory, { today: host.now() });
  const filter = {
    ...(environment !== undefined && { environment }),
    ...(application !== undefined && { application }),
  };
  checkFilter(catalog, filter);
  if (diff !== undefined) return accessDiff(host, catalog, diff, options);
  const rows = accessRows(catalog, filter);
  if (svg !== undefined) write(svg, accessPicture(rows));
  const instead = iamInstead(catalog, filter);
  print(host, { access: rows, iamInstead: instead, ...(svg !== undefined && { svg }) }, () =>
    svg === undefined ? inLines(host, catalog, rows, instead) : [`Wrote ${svg}`],
  );
  return exitCode.ok;
};

const write = (file: string, content: string): void => {
  try {
    writeFileSync(file, content);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--svg ${file}: can't be written (${reason}); name a file in an existing folder`);
  }
};
/** @throws {@link UsageError} where the catalog has no such environment or application */
export const checkFilter = ({ environments }: Catalog, { environment, application }: AccessFilter): void => {
  const applications = environments.flatMap((one) => one.applications.map(({ name }) => name));
  known(
    'environment',
    environment,
    environments.map(({ name }) => name),
  );
  known('application', application, [...new Set([...applications, platformApplication])]);
};

const known = (what: 'environment' | 'application', name: string | undefined, names: readonly string[]): void => {
  if (name === undefined || names.includes(name)) return;
  throw unknownName(`--${what}`, what, name, names);
};

/** What is in the environment's own account has its name only: the account is above the table. */
const cellsOf = (
  { secret, class: ofClass, who, kind, may, role, through }: AccessRow,
  { account, region }: Pick<EnvironmentCatalog, 'account' | 'region'>,
): string[] => {
  const own = roleArnIn({ account, region }, '').replace(/role\/$/, '');
  return [
    secret,
    ofClass,
    who.startsWith('consumer ') ? `${who} (${kind})` : who,
    may.join(', '),
    role.replace(`${own}role/`, '').replace(/^aws-reserved\/.*(AWSReservedSSO_.*_)\?+$/, '$1*'),
    through.replaceAll(own, '').replace('policies of role, secret and alias/strongroom/', 'role, secret, key '),
  ];
};

const inLines = (host: Host, catalog: Catalog, rows: readonly AccessRow[], instead: readonly string[]): string[] => {
  const { bold, dim } = stylesOf(host);
  return [
    ...catalog.environments.flatMap(({ name, account, region }) => {
      const here = rows.filter(({ environment }) => environment === name);
      if (here.length === 0) return [];
      return [
        `${bold(name)} (account ${account}, ${region})`,
        table(
          host,
          ['SECRET', 'CLASS', 'WHO', 'MAY', 'ROLE', 'THROUGH'],
          here.map((row) => cellsOf(row, { account, region })),
        ),
        '',
      ];
    }),
    dim('The policy of a secret denies every principal that is not listed, whatever its own policies allow.'),
    ...(instead.length > 0
      ? [dim(`With access: iam these need no password: ${someOf(instead)} (docs/catalog.md).`)]
      : []),
  ];
};

const someOf = (names: readonly string[]): string =>
  names.length > 5
    ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more, which --json lists`
    : names.join(', ');
