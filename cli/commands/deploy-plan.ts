/** `strongroom deploy-plan`: which stacks a change of the catalog touches, and whether a live secret would be lost. */
import { basename } from 'node:path';

import { type CatalogProblem, formatProblem, loadCatalog } from '../../lib/catalog/index.ts';
import { locateProblems } from '../../lib/catalog/late-problems.ts';
import { type DeployPlan, deployPlan as planOf, type Loss, type StackPlan } from '../../lib/placement/deploy-plan.ts';
import { withCommittedLater } from '../adapters/git.ts';
import { synthesise } from '../adapters/synth.ts';
import { count, exitCode } from '../errors.ts';
import { type Host, print } from '../host.ts';
import { progressOn } from '../progress.ts';
import { table } from '../table.ts';
import { stylesOf } from '../styles.ts';

export interface DeployPlanOptions {
  readonly catalog: string;
  /** The commit that is deployed. */
  readonly since: string;
  /** Go on where a secret would be left behind or replaced. */
  readonly allowReplace?: boolean;
  /** For each of the two synths, in ms. */
  readonly timeout: number;
}

/**
 * @returns 2 where a live secret would be lost and that is not allowed, 130 after Ctrl-C
 * @throws {@link UsageError} where there is no such commit
 * @throws {@link CommandError} `SYNTH_FAILED`, or `SYNTH_SLOW`
 */
export const deployPlan = async (host: Host, options: DeployPlanOptions): Promise<number> => {
  const { since, allowReplace = false } = options;
  const plan = await planned(host, options);
  if (plan === undefined) {
    if (!host.json) host.stderr.write('Interrupted: nothing was planned, and nothing changed.\n');
    return exitCode.interrupted;
  }
  const refused = plan.losses.length > 0 && !allowReplace;
  print(host, { since, refused, ...plan }, () => inLines(host, plan));
  if (!host.json) sayLosses(host, plan, since, refused);
  return refused ? exitCode.badInput : exitCode.ok;
};

interface LocatedPlan extends DeployPlan {
  readonly losses: readonly LocatedLoss[];
}

interface LocatedLoss extends Loss {
  /** Where the secret stands in the catalog of the commit. */
  readonly place?: Pick<CatalogProblem, 'file' | 'line' | 'column'>;
}

/** Nothing after Ctrl-C. */
const planned = async (
  host: Host,
  { catalog, since, ...options }: DeployPlanOptions,
): Promise<LocatedPlan | undefined> => {
  const interrupt = new AbortController();
  const stopListening = host.onInterrupt(() => {
    interrupt.abort();
  });
  const progress = progressOn(host);
  const synth = { timeoutMs: options.timeout, signal: interrupt.signal };
  try {
    return await withCommittedLater(catalog, since, '--since', async ({ path }) => {
      // One after the other: a large catalog takes both cores and more than a gigabyte.
      progress.doing(`Synthesising the catalog of ${since} (1 of 2)`);
      const before = await synthesise(path, { ...synth, whose: `catalog of ${since}` });
      if (before === undefined) return undefined;
      progress.doing(`Synthesising ${catalog} (2 of 2)`);
      const after = await synthesise(catalog, { ...synth, whose: catalog });
      const plan = after && planOf(before, after);
      return plan && { ...plan, losses: located(path, host.now(), plan.losses) };
    });
  } finally {
    progress.end();
    stopListening();
  }
};

/** Call it while the files of the commit are there. */
const located = (directory: string, today: Date, losses: readonly Loss[]): LocatedLoss[] => {
  if (losses.length === 0) return [];
  const declared = new Map(
    loadCatalog(directory, { today }).environments.flatMap(({ name: environment, applications }) =>
      applications.flatMap(({ file, secrets }) =>
        secrets.map(
          ({ name, fullName }) => [fullName, { fullName, environment, file, path: ['secrets', name] }] as const,
        ),
      ),
    ),
  );
  const lost = losses.flatMap(({ secret }) => declared.get(secret) ?? []);
  const problems = locateProblems(
    directory,
    lost.map(({ environment, file, path }) => ({ environment, file, path, part: 'key', message: '' })),
  );
  const places = new Map(
    problems.map(({ file, message: _, ...place }, index) => [
      lost[index]?.fullName,
      { file: basename(file), ...place },
    ]),
  );
  return losses.map((loss) => {
    const place = places.get(loss.secret);
    return place ? { ...loss, place } : loss;
  });
};

const inLines = (host: Host, { stacks }: DeployPlan): string[] => {
  const touched = stacks.filter(({ state }) => state !== 'unchanged');
  const rest = `${count(stacks.length - touched.length, 'stack')} unchanged`;
  if (touched.length === 0) return [`Nothing to deploy: ${rest}.`];
  return [
    table(
      host,
      ['STACK', 'STATE', 'ADDED', 'CHANGED', 'REMOVED'],
      touched.map(({ stack, state, added, changed, removed }) => [
        stack,
        state,
        ...[added, changed, removed].map((ids) => String(ids.length)),
      ]),
    ),
    rest,
    ...toDeploy(touched),
  ];
};

const toDeploy = (touched: readonly StackPlan[]): string[] => {
  const gone = touched.filter(({ state }) => state === 'gone');
  return gone.length === 0
    ? []
    : [`cdk deploy leaves what is gone: delete ${gone.map(({ stack }) => stack).join(', ')}`];
};

const sayLosses = ({ stderr, color }: Host, { losses }: LocatedPlan, since: string, refused: boolean): void => {
  const { red, yellow } = stylesOf({ color });
  for (const { secret, consequence, place } of losses) {
    const where = place ? ` (${formatProblem({ ...place, message: '' }).trim()} of ${since})` : '';
    stderr.write(`${refused ? red('error:') : yellow('warning:')} ${secret}${where}: ${consequence}.\n`);
  }
  if (refused) stderr.write('Write --allow-replace where this is what you want.\n');
};
