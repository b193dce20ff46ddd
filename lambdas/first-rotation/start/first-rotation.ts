/**
 * Starts the first rotation of new secrets, once, as their stack is deployed.
 *
 * Their schedules never rotate at a deployment (`RotateImmediatelyOnUpdate: false`), and CloudFormation has one value of
 * that property for creations and updates. Without this function the user of a new secret would be missing until the
 * first window.
 */
import { CodedError, isCodedError } from '../../../lib/contract/index.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Log } from '../../runtime/log.ts';
import type { FirstRotationEvent } from './event.ts';

export interface RotatableSecret {
  readonly createdAt: Date;
  /** Absent: it was never rotated. */
  readonly lastRotatedAt?: Date;
}

export interface FirstRotationPorts {
  readonly describe: (arn: string) => Promise<RotatableSecret>;
  /**
   * Starts a rotation and does not wait for its end. It tries again while Secrets Manager still tests the new schedule.
   *
   * @param token - of the version: a repeated call with it starts nothing more
   */
  readonly rotate: (arn: string, token: string) => Promise<void>;
}

export interface FirstRotationOptions {
  readonly ports: FirstRotationPorts;
  readonly deadline: Deadline;
  readonly now: () => Date;
  readonly log: Log;
}

/** @throws CodedError `first-rotation-failed` naming the secrets whose rotation could not be started. */
export const startFirstRotations = async (event: FirstRotationEvent, options: FirstRotationOptions): Promise<void> => {
  if (event.RequestType === 'Delete') return;
  const before = event.RequestType === 'Update' ? event.OldResourceProperties.GeneratedSecrets : [];
  const known = new Set(before);
  const waiting = event.ResourceProperties.ScheduledSecrets.filter((arn) => !known.has(arn));
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let arn = waiting.shift(); arn !== undefined; arn = waiting.shift()) {
      problems.push(...(await startFirst(arn, event.RequestId, options)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (problems.length > 0) throw new CodedError('first-rotation-failed', messageOf(problems), { retryable: true });
};

const startFirst = async (
  arn: string,
  token: string,
  { ports, deadline, now, log }: FirstRotationOptions,
): Promise<string[]> => {
  if (deadline.remainingMs() === 0) return [`${arn} (no time left)`];
  try {
    const secret = await ports.describe(arn);
    if (!isNew(secret, now())) {
      log.info('The secret is not new: it rotates in its next window', { secret: arn });
      return [];
    }
    await ports.rotate(arn, token);
    log.info('Started the first rotation', { secret: arn });
    return [];
  } catch (error) {
    log.error('Could not start the first rotation', { secret: arn, error });
    return [`${arn} (${reasonOf(error)})`];
  }
};

const reasonOf = (error: unknown): string => {
  if (isCodedError(error)) return error.code;
  return error instanceof Error ? error.name : 'unexpected';
};

/** A secret that is older was in use before it had a schedule: a stack is deployed within a day. */
const isNew = ({ createdAt, lastRotatedAt }: RotatableSecret, now: Date): boolean =>
  lastRotatedAt === undefined && now.getTime() - createdAt.getTime() < dayMs;

/** CloudFormation takes 4096 bytes of an answer. */
const messageOf = (problems: readonly string[]): string => {
  const shown = problems.slice(0, 5).join(', ');
  const more = problems.length > 5 ? ` and ${problems.length - 5} more` : '';
  return `Could not start the first rotation of ${shown}${more}. The log of the function says why.`;
};

const atOnce = 8;
const dayMs = 86_400_000;
