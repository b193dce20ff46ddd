/** `strongroom access`: who may do what with which secret. */
import pico from 'picocolors';

import { type Catalog, didYouMean, loadCatalog } from '../../lib/catalog/index.ts';
import { platformApplication } from '../../lib/contract/index.ts';
import { UsageError } from '../errors.ts';
import { type Host, print } from '../host.ts';
import { table } from '../table.ts';
import { type AccessFilter, type AccessRow, accessRows } from './access-rows.ts';

export interface AccessOptions extends AccessFilter {
  readonly catalog: string;
}

/**
 * @throws {@link CatalogError} with every problem of every file
 * @throws {@link UsageError} where the catalog has no such environment or application
 */
export const access = (host: Host, { catalog: directory, ...filter }: AccessOptions): void => {
  const catalog = loadCatalog(directory, { today: host.now() });
  checkFilter(catalog, filter);
  const rows = accessRows(catalog, filter);
  print(host, { access: rows }, () => inLines(host, rows));
};

const checkFilter = ({ environments }: Catalog, { environment, application }: AccessFilter): void => {
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
  throw new UsageError(`--${what} ${name}: the catalog has no such ${what}; ${didYouMean(name, names, 'add it')}`);
};

const inLines = (host: Host, rows: readonly AccessRow[]): string[] => {
  const { bold, dim } = pico.createColors(host.color);
  const environments = [...new Set(rows.map(({ environment }) => environment))];
  return [
    ...environments.flatMap((environment) => [
      bold(environment),
      table(
        host,
        ['SECRET', 'CLASS', 'WHO', 'MAY', 'ROLE', 'THROUGH'],
        rows
          .filter((row) => row.environment === environment)
          .map((row) => [row.secret, row.class, row.who, row.may.join(', '), row.role, row.through]),
      ),
      '',
    ]),
    dim('Whoever is not listed is denied by the policy of the secret, whatever the policies of their own say.'),
  ];
};
