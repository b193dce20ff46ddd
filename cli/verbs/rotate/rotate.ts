/** `strongroom rotate`: starts a rotation, and follows it to its end. */
import { randomUUID } from 'node:crypto';

import { forcedTokenPrefix } from '../../../lib/contract/index.ts';
import { CommandError, exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import type { ConnectAws, OperatorAws, SecretState } from '../../operators/ports.ts';
import { graceOf, pendingVersion } from '../../operators/secret-state.ts';
import { checkAccount, type Target, targetNamed, type TargetOptions } from '../../operators/target.ts';
import { type Watched, watchRotation } from '../../operators/watch-rotation.ts';
import { moment, shortId, span } from '../../operators/words.ts';
import { progressOn } from '../../terminal/progress.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface RotateOptions extends TargetOptions {
  readonly wait: boolean;
  /** Rotate within the grace time of the credential before the current one. */
  readonly force: boolean;
  readonly timeoutMs: number;
}

/**
 * @returns the exit code: 0 started, or with `wait` done; 1 failed or not done in time
 * @throws {@link CommandError} where it refuses: nothing was started
 */
export const rotate = async (
  host: Host,
  connect: ConnectAws,
  word: string,
  options: RotateOptions,
): Promise<number> => {
  const targets = targetNamed(word, options);
  const [target] = targets.targets;
  const aws = await connect(targets.region);
  try {
    await checkAccount(aws, targets);
    const { state, functionArn } = await rotatable(host, aws, target, options.force);
    const versionId = `${options.force ? forcedTokenPrefix : ''}${randomUUID()}`;
    const since = host.now();
    await aws.rotate(state.arn, versionId);
    if (!options.wait) {
      print(host, { secret: state.name, versionId, outcome: 'started' }, () => [
        `started: ${state.name} rotates, version ${versionId}`,
        `Follow it: strongroom diagnose ${state.name}`,
      ]);
      return exitCode.ok;
    }
    const watched = await watchUntilInterrupted(host, aws, {
      state,
      functionArn,
      versionId,
      since,
      timeoutMs: options.timeoutMs,
    });
    print(host, resultInJson(state, versionId, watched), () =>
      resultInLines(host, state, versionId, watched, host.now().getTime() - since.getTime()),
    );
    return exitOf[watched.outcome];
  } finally {
    aws.close();
  }
};

interface Rotatable {
  readonly state: SecretState;
  readonly functionArn: string;
}

/** @throws {@link CommandError} if AWS or the rotation function would refuse the rotation */
const rotatable = async (
  host: Host,
  aws: OperatorAws,
  { secretId, declared }: Target,
  force: boolean,
): Promise<Rotatable> => {
  const state = await aws.describe(secretId);
  if (state === undefined) {
    throw new CommandError('secret-unknown', `AWS has no secret ${secretId}: deploy the stack of its application`);
  }
  const { name, functionArn, deletedAt } = state;
  if (deletedAt) {
    throw new CommandError(
      'secret-unknown',
      `${name} was marked for deletion on ${moment(deletedAt)}: restore it first`,
    );
  }
  if (functionArn === undefined || !state.rotationEnabled) {
    throw new CommandError('rotation-off', `rotation of ${name} ${whyOff(state, declared)}`);
  }
  const pending = pendingVersion(state);
  if (pending !== undefined) {
    throw new CommandError(
      'rotation-pending',
      `version ${shortId(pending)} of ${name} is pending: a rotation runs or is stuck, and AWS refuses another; ` +
        `run strongroom repair ${name}`,
    );
  }
  const grace = await graceOf(aws, state);
  const now = host.now();
  if (grace && grace.endsAt > now && !force) {
    throw new CommandError(
      'within-grace',
      `the credential before the current one of ${name} is valid until ${moment(grace.endsAt)} (grace ${grace.hours} h, ` +
        `${span(grace.endsAt.getTime() - now.getTime())} left); --force rotates now, and applications that still use that ` +
        'credential are locked out at once',
    );
  }
  return { state, functionArn };
};

const whyOff = ({ name, functionArn }: SecretState, declared: Target['declared']): string => {
  if (functionArn !== undefined) {
    return `was turned off; aws secretsmanager rotate-secret --secret-id ${name} turns it on again, and rotates`;
  }
  return declared?.secret.rotation.kind === 'manual'
    ? 'is manual in the catalog: an operator puts its value, with aws secretsmanager put-secret-value'
    : 'is off: no rotation function is attached; deploy the stack of its application';
};

/** Watches until the end, or until Ctrl-C. AWS then continues the rotation. */
const watchUntilInterrupted = async (
  host: Host,
  aws: OperatorAws,
  rotation: Rotatable & { readonly versionId: string; readonly since: Date; readonly timeoutMs: number },
): Promise<Watched> => {
  const interrupt = new AbortController();
  const stopListening = host.onInterrupt(() => {
    interrupt.abort();
  });
  const progress = progressOn(host);
  try {
    return await watchRotation({ host, aws, progress, signal: interrupt.signal, ...rotation });
  } finally {
    progress.end();
    stopListening();
  }
};

const exitOf: Readonly<Record<Watched['outcome'], number>> = {
  done: exitCode.ok,
  failed: exitCode.unexpected,
  unfinished: exitCode.unexpected,
  left: exitCode.interrupted,
};

const resultInJson = ({ name }: SecretState, versionId: string, watched: Watched): object => ({
  secret: name,
  versionId,
  ...watched,
});

const resultInLines = (
  host: Host,
  { name }: SecretState,
  versionId: string,
  watched: Watched,
  tookMs: number,
): string[] => {
  const { green, red } = stylesOf(host);
  switch (watched.outcome) {
    case 'done':
      return [`${green('rotated')}: ${name}, version ${versionId} is current, in ${span(tookMs)}`];
    case 'left':
      return [
        `AWS continues the rotation of ${name} (version ${versionId}).`,
        `Look at it: strongroom diagnose ${name}`,
      ];
    case 'failed':
    case 'unfinished': {
      const { cause, remedy, runbook } = watched.cause;
      return [
        `${red(watched.outcome === 'failed' ? 'failed' : 'not done yet')}: ${name}. ${cause}`,
        `→ ${remedy} (${runbook})`,
      ];
    }
  }
};
