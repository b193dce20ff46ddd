/** Follows a rotation that has been started to its end, step by step where its log can be read. */
import { rotationSteps, type RotationStep } from '../../lib/contract/index.ts';
import type { Host } from '../terminal/host.ts';
import type { Progress } from '../terminal/progress.ts';
import { type Finding, findingOf } from './finding.ts';
import type { OperatorAws, SecretState, StepLine } from './ports.ts';
import { reportFindings } from './report-findings.ts';
import { runbooks } from './remedies.ts';
import { notAsked, versionWith } from './secret-state.ts';
import { shortId, span } from './words.ts';

export interface RotationToWatch {
  readonly host: Host;
  readonly aws: OperatorAws;
  readonly progress: Progress;
  /** The secret before the rotation. */
  readonly state: SecretState;
  readonly functionArn: string;
  readonly versionId: string;
  /** When it was started. */
  readonly since: Date;
  readonly timeoutMs: number;
  /** Ends the watch. AWS continues the rotation. */
  readonly signal?: AbortSignal;
}

/** `steps`: those that have ended; the log comes a moment late. */
export type Watched =
  | { readonly outcome: 'done'; readonly steps: readonly RotationStep[] }
  | { readonly outcome: 'failed'; readonly cause: Finding; readonly steps: readonly RotationStep[] }
  /** It did not end in time. Secrets Manager continues it. */
  | { readonly outcome: 'unfinished'; readonly cause: Finding; readonly steps: readonly RotationStep[] }
  /** The watch was ended, and the rotation was not. */
  | { readonly outcome: 'left'; readonly steps: readonly RotationStep[] };

/** Asked this often: DescribeSecret allows 40,000 a second. */
const everyMs = 2_000;
/** So long without an end, and the rotation function is asked why; four steps take seconds. */
const quietMs = 30_000;

export const watchRotation = async (watch: RotationToWatch): Promise<Watched> => {
  const { host, aws, progress, state, versionId, since, timeoutMs, signal } = watch;
  const { name } = state;
  const seen = new Map<RotationStep, StepLine>();
  const steps = (): RotationStep[] => rotationSteps.filter((step) => seen.get(step)?.done === true);
  const ended = (outcome: 'failed' | 'unfinished', cause: Finding): Watched => ({
    outcome,
    cause,
    steps: steps(),
  });
  const elapsedMs = (): number => host.now().getTime() - since.getTime();
  let askAt = quietMs;
  progress.doing(`${rotationSteps[0]}…`);

  for (;;) {
    if (signal?.aborted === true) return { outcome: 'left', steps: steps() };
    const after = await aws.describe(state.arn);
    const failure = await tellSteps(watch, seen);
    if (after && versionWith(after, 'AWSCURRENT') === versionId) return { outcome: 'done', steps: rotationSteps };
    const hasLabel = after !== undefined && after.labels[versionId]?.includes('AWSPENDING') === true;
    if (!hasLabel) {
      const cause = `Version ${shortId(versionId)} is no longer pending, and did not become current: another took its place`;
      return ended('failed', findingOf(name, 'versions', 'superseded', cause));
    }
    if (failure?.retryable === false) {
      return ended('failed', findingOf(name, 'login', failure.outcome, failureInWords(failure), runbooks.failed));
    }
    if (elapsedMs() >= timeoutMs) {
      const why = await whyNot(watch);
      return why ? ended('failed', why) : ended('unfinished', unfinishedFinding(name, versionId, elapsedMs()));
    }
    if (elapsedMs() >= askAt) {
      askAt = elapsedMs() + 2 * quietMs;
      const why = await whyNot(watch);
      if (why) return ended('failed', why);
    }
    await host.pause(everyMs, signal);
  }
};

/** Shows each step once, as it ends; gives the latest failure that no later success of the step has made good. */
const tellSteps = async (
  { aws, progress, functionArn, versionId, since }: RotationToWatch,
  seen: Map<RotationStep, StepLine>,
): Promise<StepLine | undefined> => {
  // Another function logs in a form of its own.
  const lines = notAsked(functionArn) === undefined ? ((await aws.steps(functionArn, versionId, since)) ?? []) : [];
  for (const line of lines) {
    const before = seen.get(line.step);
    if (before?.done === true || sameLine(before, line)) continue;
    seen.set(line.step, line);
    if (line.done) progress.done(`${line.step}: ${line.outcome}${tookInWords(line)}`);
    else progress.failed(failureInWords(line));
    const next = line.done ? rotationSteps[rotationSteps.indexOf(line.step) + 1] : line.step;
    if (next !== undefined) progress.doing(`${next}…`);
  }
  return [...seen.values()].find(({ done }) => !done);
};

/** What the rotation function finds wrong, where it does: the reason why the rotation does not end. */
const whyNot = async ({ aws, functionArn, state }: RotationToWatch): Promise<Finding | undefined> =>
  notAsked(functionArn) === undefined
    ? reportFindings(state.name, await aws.check(functionArn, state.arn))[0]
    : undefined;

const sameLine = (before: StepLine | undefined, { done, outcome, message }: StepLine): boolean =>
  before?.done === done && before.outcome === outcome && before.message === message;

const tookInWords = ({ durationMs }: StepLine): string =>
  durationMs === undefined ? '' : ` (${(durationMs / 1000).toFixed(1)} s)`;

const failureInWords = ({ step, outcome, message }: StepLine): string =>
  `${step} failed with ${outcome}${message === undefined ? '' : `: ${message}`}`;

const unfinishedFinding = (name: string, versionId: string, elapsedMs: number): Finding => {
  const cause = `Version ${shortId(versionId)} is still pending after ${span(elapsedMs)}; Secrets Manager continues to try`;
  return findingOf(name, 'versions', 'stuck', cause, runbooks.stuck);
};
