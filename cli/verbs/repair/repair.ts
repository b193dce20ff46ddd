/** `strongroom repair`: brings a secret back to one working, current credential, and never leaves it with none. */
import { randomUUID } from 'node:crypto';

import { CommandError, exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { type Examination, examine } from '../../operators/examine.ts';
import { type Finding, findingOf } from '../../operators/finding.ts';
import type { ConnectAws, OperatorAws } from '../../operators/ports.ts';
import { pendingVersion } from '../../operators/secret-state.ts';
import { planRepair, type RepairAction, type RepairPlan } from '../../operators/repair-plan.ts';
import { checkAccount, targetNamed, type TargetOptions } from '../../operators/target.ts';
import { watchRotation } from '../../operators/watch-rotation.ts';
import { progressOn } from '../../terminal/progress.ts';
import { table } from '../../terminal/table.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface RepairOptions extends TargetOptions {
  /** Give the pending version up, rather than bring it to its end. */
  readonly back: boolean;
  /** Do not ask. */
  readonly yes: boolean;
  /** How long a rotation that repairs may take, ms. */
  readonly timeoutMs: number;
}

/**
 * @returns the exit code: 0 healthy (again), 1 where it could not be repaired
 * @throws {@link CommandError} `not-confirmed`, `nothing-would-work`, and as examine
 */
export const repair = async (
  host: Host,
  connect: ConnectAws,
  word: string,
  options: RepairOptions,
): Promise<number> => {
  const targets = targetNamed(word, options);
  const [target] = targets.targets;
  const aws = await connect(targets.region);
  const progress = progressOn(host);
  try {
    await checkAccount(aws, targets);
    progress.doing(`looking at ${target.secretId}`);
    const examination = await examine(aws, target, { now: host.now() });
    progress.end();
    const { secret, findings } = examination;
    if (examination.state === undefined && findings.some(({ code }) => code === 'secret-unknown')) {
      throw new CommandError('secret-unknown', `AWS has no secret ${target.secretId}`);
    }
    const plan = planRepair(examination, options);
    if (plan.kind === 'refused') throw new CommandError('nothing-would-work', `--back: ${plan.why}`);
    if (plan.kind === 'healthy') {
      const { note } = examination;
      print(host, { secret, outcome: 'healthy', plan, ...(note !== undefined && { note }) }, () => [
        `${secret} is healthy: there is nothing to repair`,
        ...(note === undefined ? [] : [note]),
      ]);
      return exitCode.ok;
    }
    if (plan.kind === 'by-hand') {
      print(host, { secret, outcome: 'not-repaired', plan, findings }, () => byHandInLines(host, secret, plan));
      return exitCode.unexpected;
    }
    await confirm(host, secret, plan, options);
    const result = await perform(host, aws, examination, plan, options.timeoutMs);
    print(host, { secret, plan, ...result }, () => resultInLines(host, secret, result));
    return result.outcome === 'not-repaired' ? exitCode.unexpected : exitCode.ok;
  } finally {
    progress.end();
    aws.close();
  }
};

interface Repaired {
  readonly outcome: 'repaired' | 'given-up' | 'not-repaired';
  /** Why it was not repaired, or what is still wrong. */
  readonly findings: readonly Finding[];
}

const confirm = async (
  host: Host,
  secret: string,
  plan: RepairAction,
  { yes }: Pick<RepairOptions, 'yes'>,
): Promise<void> => {
  if (!host.json) host.stderr.write(`${planInLines(host, secret, plan).join('\n')}\n`);
  if (yes) return;
  if (host.confirm === undefined) {
    throw new CommandError(
      'not-confirmed',
      'there is no terminal to ask on: add --yes to run the plan; nothing was changed',
    );
  }
  if (!(await host.confirm('Run this plan?')))
    throw new CommandError('not-confirmed', 'not confirmed: nothing was changed');
};

const perform = async (
  host: Host,
  aws: OperatorAws,
  { secret, state, report }: Examination,
  plan: RepairAction,
  timeoutMs: number,
): Promise<Repaired> => {
  const { functionArn } = state ?? {};
  if (state === undefined || functionArn === undefined || report === undefined) {
    throw new TypeError('A plan is made of a state and a report');
  }
  const progress = progressOn(host);
  const failed = (finding: Finding): Repaired => ({ outcome: 'not-repaired', findings: [finding] });
  try {
    if (plan.kind === 'rotate' || plan.versionId === undefined) {
      const versionId = randomUUID();
      const since = host.now();
      await aws.rotate(state.arn, versionId);
      const watched = await watchRotation({ host, aws, progress, state, functionArn, versionId, since, timeoutMs });
      if ('cause' in watched) return failed(watched.cause);
    } else {
      progress.doing(plan.kind === 'rollForward' ? 'setting, testing, finishing' : 'giving the pending version up');
      const request = { Action: plan.kind, SecretId: state.arn, ClientRequestToken: plan.versionId } as const;
      const answer = await aws.roll(functionArn, request);
      if ('failed' in answer) {
        const { code, message } = answer.failed;
        return failed(findingOf(secret, 'login', code, message));
      }
    }
    progress.doing('looking whether it holds');
    const after = await examine(aws, { secretId: state.arn }, { now: host.now() });
    const { current } = after.report?.credentials ?? {};
    const nothingPending = after.state !== undefined && pendingVersion(after.state) === undefined;
    // A first rotation that was discarded leaves what existed before it: no user yet.
    const holds = current === 'logs-in' || (plan.kind === 'rollBack' && report.credentials.current === 'unknown');
    if (!nothingPending || !holds) return { outcome: 'not-repaired', findings: after.findings };
    return { outcome: plan.kind === 'rollBack' ? 'given-up' : 'repaired', findings: after.findings };
  } finally {
    progress.end();
  }
};

const planInLines = (host: Host, secret: string, { why, steps }: RepairAction): string[] => {
  const { bold } = stylesOf(host);
  return [
    bold(secret),
    why,
    '',
    table(
      host,
      ['', 'WHAT WILL HAPPEN', 'WHICH CREDENTIAL LOGS IN'],
      steps.map(({ what, works }, index) => [String(index + 1), what, works]),
    ),
    '',
  ];
};

const byHandInLines = (host: Host, secret: string, plan: Extract<RepairPlan, { kind: 'by-hand' }>): string[] => {
  const { bold } = stylesOf(host);
  return [
    `${bold(secret)} can’t be repaired by this command; nothing was changed.`,
    plan.why,
    '',
    ...plan.doThis.map((what, index) => `${index + 1}. ${what}`),
  ];
};

const resultInLines = (host: Host, secret: string, { outcome, findings }: Repaired): string[] => {
  const { green, red } = stylesOf(host);
  const left = findings.map(({ check, cause, remedy }) => `  ${check}: ${cause} ${remedy}`);
  switch (outcome) {
    case 'repaired':
      return [`${green('repaired')}: the current credential of ${secret} logs in, and nothing is pending`, ...left];
    case 'given-up':
      return [
        `${green('repaired')}: the current credential of ${secret} logs in; the pending version was discarded`,
        `Rotate it when you are ready: strongroom rotate ${secret} --wait`,
        ...left,
      ];
    case 'not-repaired':
      return [`${red('not repaired')}: ${secret}; every credential that logged in still does`, ...left];
  }
};
