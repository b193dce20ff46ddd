/** `strongroom place`: writes down which stack of its application each secret is in, where one stack is not enough. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Catalog } from '../../../lib/model/index.ts';
import { CatalogError, loadCatalog } from '../../../lib/catalog/index.ts';
import { stackName } from '../../../lib/contract/index.ts';
import { applicationsOf, placementFile, readPlacement, takenNames } from '../../../lib/placement/load-placement.ts';
import {
  formatPlacement,
  isSamePlacement,
  place as placeSecrets,
  type Placement,
  secretsAStack,
  UnknownDeployment,
} from '../../../lib/placement/placement.ts';
import { withCommitted } from '../../adapters/git.ts';
import { CommandError, count, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { table } from '../../terminal/table.ts';

export interface PlaceOptions {
  readonly catalog: string;
  /** Write nothing, and fail where the file is not what it would be. */
  readonly check?: boolean;
  /** The commit that is deployed. */
  readonly since?: string;
  /** Nothing is deployed yet: every secret may go into any stack. */
  readonly nothingDeployed?: boolean;
}

/**
 * @throws {@link CatalogError} with every problem of every file
 * @throws {@link CommandError} `placement-stale` or `deployment-unknown`
 */
export const place = (host: Host, { catalog: folder, check, since, nothingDeployed = false }: PlaceOptions): void => {
  if (nothingDeployed && since !== undefined) {
    throw new UsageError('--nothing-deployed and --since exclude each other; leave one out');
  }
  const catalog = loadCatalog(folder, { today: host.now() });
  const before = readPlacement(folder);
  const after = placed(folder, catalog, before, { since, nothingDeployed });
  const problems = takenNames(folder, catalog, after);
  if (problems.length > 0) throw new CatalogError(problems);
  const path = join(folder, placementFile);
  const isCurrent = isSamePlacement(before, after);
  if (check && !isCurrent) {
    throw new CommandError(
      'placement-stale',
      `${path} is not what the catalog needs: run strongroom place --catalog ${folder} and commit it with the change`,
    );
  }
  if (Object.keys(after).length > 0) {
    if (!isCurrent) writeFileSync(path, formatPlacement(after));
  } else if (existsSync(path)) rmSync(path);
  report(host, path, { before, after, isCurrent });
};

const placed = (
  folder: string,
  catalog: Catalog,
  before: Placement,
  { since, nothingDeployed }: { readonly since: string | undefined; readonly nothingDeployed: boolean },
): Placement => {
  const applications = applicationsOf(catalog);
  if (nothingDeployed) return placeSecrets(before, applications, () => []);
  if (since === undefined) return withoutHistory(applications, before);
  return withCommitted(
    folder,
    since,
    ({ path, committedAt }) => {
      const deployed = applicationsOf(loadCatalog(path, { today: committedAt }));
      return placeSecrets(before, applications, (name) => deployed.find((one) => one.name === name)?.secrets ?? []);
    },
    '--since',
  );
};

const withoutHistory = (applications: ReturnType<typeof applicationsOf>, before: Placement): Placement => {
  try {
    return placeSecrets(before, applications);
  } catch (error) {
    if (!(error instanceof UnknownDeployment)) throw error;
    const grown = error.applications.map(({ name, secrets }) => `${name} (${count(secrets.length, 'secret')})`);
    throw new CommandError(
      'deployment-unknown',
      `${grown.join(', ')}: a stack takes ${secretsAStack} secrets, and what is deployed must stay where it is: write ` +
        '--since COMMIT with the commit that is deployed, or --nothing-deployed if no secret of the catalog is in AWS yet',
      { cause: error },
    );
  }
};

const report = (
  host: Host,
  path: string,
  { before, after, isCurrent }: { before: Placement; after: Placement; isCurrent: boolean },
): void => {
  const applications = Object.entries(after).map(([name, secrets]) => {
    const numbers = [...new Set([1, ...Object.values(secrets)])].sort((a, b) => a - b);
    return {
      name,
      stacks: numbers.map((number) => {
        const here = Object.keys(secrets).filter((secret) => secrets[secret] === number);
        return {
          name: stackName('<environment>', number === 1 ? name : `${name}-${number}`),
          secrets: here.length,
          new: here.filter((secret) => before[name] === undefined || !Object.hasOwn(before[name], secret)),
        };
      }),
      gone: Object.keys(before[name] ?? {}).filter((secret) => !Object.hasOwn(secrets, secret)),
    };
  });
  print(host, { file: path, changed: !isCurrent, applications }, () =>
    applications.length === 0
      ? ['Every application has one stack: nothing to place.']
      : [
          `${path} ${isCurrent ? 'unchanged' : 'written'}`,
          table(
            host,
            ['STACK', 'SECRETS', 'NEW'],
            applications.flatMap(({ stacks }) =>
              stacks.map((stack) => [stack.name, String(stack.secrets), stack.new.join(', ') || '-']),
            ),
          ),
        ],
  );
};
