/** `strongroom deploy-plan`: which stacks a change of the catalog touches, and whether a live secret would be lost. */
import { basename } from 'node:path';

import { formatProblem, loadCatalog } from '../../../lib/catalog/index.ts';
import { type CatalogLocation, locationsOf } from '../../../lib/catalog/source/late-problems.ts';
import {
  type DeployPlan,
  deployPlan as planOf,
  type Loss,
  type StackPlan,
} from '../../../lib/placement/deploy-plan.ts';
import { withCommittedLater } from '../../adapters/git.ts';
import { synthesise } from '../../adapters/synth.ts';
import { count, exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { progressOn } from '../../terminal/progress.ts';
import { table } from '../../terminal/table.ts';
import { formerSecrets } from './former-secrets.ts';
import { plannedApplications } from '../../commands/planned-applications.ts';
import { stylesOf } from '../../terminal/styles.ts';

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
 * @throws {@link UsageError} if the commit does not exist
 * @throws {@link CommandError} `synth-failed`, or `synth-slow`
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
  if (!host.json) {
    sayWarnings(host, plan);
    sayLosses(host, plan, since, refused);
  }
  return refused ? exitCode.badInput : exitCode.ok;
};

interface LocatedPlan extends DeployPlan {
  readonly losses: readonly LocatedLoss[];
  /** Applications that no stack was synthesised for: nothing that theirs are made of has changed. */
  readonly applicationsLeftOut: number;
  /** New secrets that an earlier commit had: their names may be taken. */
  readonly formerSecrets: readonly string[];
}

interface LocatedLoss extends Loss {
  /** Where the catalog of the commit declares the secret. */
  readonly location?: CatalogLocation;
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
      const parts = plannedApplications(path, catalog, host.now());
      const before = await synthesise(path, { ...synth, ...parts?.before, whose: `catalog of ${since}` });
      if (before === undefined) return undefined;
      progress.doing(`Synthesising ${catalog} (2 of 2)`);
      const after = await synthesise(catalog, { ...synth, ...parts?.after, whose: catalog });
      const plan = after && planOf(before, after);
      if (plan === undefined) return undefined;
      const former = formerSecrets(catalog, since, plan.newSecrets, host.now());
      return {
        ...plan,
        losses: located(path, host.now(), plan.losses),
        formerSecrets: former,
        applicationsLeftOut: parts?.leftOut ?? 0,
      };
    });
  } finally {
    progress.end();
    stopListening();
  }
};

/** Call it while the files of the commit exist. */
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
  const locations = locationsOf(
    directory,
    lost.map(({ environment, file, path }) => ({ environment, file, path, part: 'key' })),
  );
  const byName = new Map(
    locations.map(({ file, ...position }, index) => [lost[index]?.fullName, { file: basename(file), ...position }]),
  );
  return losses.map((loss) => {
    const location = byName.get(loss.secret);
    return location ? { ...loss, location } : loss;
  });
};

const inLines = (host: Host, { stacks, rotations, applicationsLeftOut: leftOut }: LocatedPlan): string[] => {
  const touched = stacks.filter(({ state }) => state !== 'unchanged');
  const others = leftOut > 0 ? `, and all stacks of ${count(leftOut, 'other application')}` : '';
  const rest = `${count(stacks.length - touched.length, 'stack')} unchanged${others}`;
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
    ...laterRotations(rotations),
    ...toDeploy(touched),
  ];
};

const laterRotations = (rotations: DeployPlan['rotations']): string[] => {
  const later = rotations.filter(({ when }) => when === 'in its next window').map(({ secret }) => secret);
  const some = later.length > 5 ? `${later.slice(0, 4).join(', ')} and ${later.length - 4} more` : later.join(', ');
  return later.length === 0 ? [] : [`New or other schedule, first rotation in its next window: ${some}`];
};

const toDeploy = (touched: readonly StackPlan[]): string[] => {
  const gone = touched.filter(({ state }) => state === 'gone');
  return gone.length === 0
    ? []
    : [
        `cdk deploy leaves what is gone: ${gone.map(({ stack }) => stack).join(', ')}; before you delete such a stack, look that nothing ` +
          'uses its roles and alarms: they go with it, and its secrets stay without',
      ];
};

/** What does not stop a plan, and should be known before a deployment. */
const sayWarnings = (
  { stderr, color }: Host,
  { rotations, strategies, removedQueues: queues, formerSecrets: former }: LocatedPlan,
): void => {
  const { yellow } = stylesOf({ color });
  const warn = (text: string): void => {
    stderr.write(`${yellow('warning:')} ${text}\n`);
  };
  for (const { secret, when } of rotations.filter((one) => one.when === 'at this deployment')) {
    warn(
      `${secret} rotates ${when}, outside of its window: its schedule is new or changes. Deploy when that may happen.`,
    );
  }
  for (const { secret, moves } of rotations) {
    if (!moves) continue;
    warn(
      `${secret} moves from ${moves.from} to ${moves.to}. Check with strongroom diagnose that no rotation of it is in progress: AWS refuses another function until it ends, and the deployment fails.` +
        (moves.former === 'goes'
          ? ` This deployment takes ${moves.from} away first, so nothing could end that rotation: keep its network in the catalog, deploy, and take the network out in a second deployment.`
          : ''),
    );
  }
  for (const { stack, logicalId } of queues) {
    warn(
      `the queue ${logicalId} of ${stack} goes, and the audit events in it with it. Before you deploy, check that it is empty: ` +
        `aws cloudformation describe-stack-resource --stack-name ${stack} --logical-resource-id ${logicalId} shows its URL, ` +
        'and aws sqs get-queue-attributes --attribute-names All --queue-url URL what waits in it.',
    );
  }
  for (const { secret, from, to, consequence } of strategies) {
    warn(`${secret} changes from strategy ${from} to ${to}: ${consequence}.`);
  }
  for (const secret of former) {
    warn(
      `${secret} was in an earlier commit of the catalog and was removed. If it was deployed, its name is taken in AWS, and the deployment fails with "already exists". ` +
        `Look with aws secretsmanager describe-secret --secret-id ${secret}. If it exists, take it over as docs/adoption.md says (a reverted removal). Git shows what was declared, not what was deployed.`,
    );
  }
};

const sayLosses = ({ stderr, color }: Host, { losses }: LocatedPlan, since: string, refused: boolean): void => {
  const { red, yellow } = stylesOf({ color });
  for (const { secret, consequence, location } of losses) {
    const where = location ? ` (${formatProblem({ ...location, message: '' }).trim()} of ${since})` : '';
    stderr.write(`${refused ? red('error:') : yellow('warning:')} ${secret}${where}: ${consequence}.\n`);
  }
  if (refused) stderr.write('Write --allow-replace if this is intended.\n');
};
