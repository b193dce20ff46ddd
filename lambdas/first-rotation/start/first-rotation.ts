/**
 * Starts the first rotation of new secrets, once, as their stack is deployed.
 *
 * Their schedules never rotate at a deployment (`RotateImmediatelyOnUpdate: false`), and CloudFormation has one value of
 * that property for creations and updates. Without this function the user of a new secret would be missing until the
 * first window.
 */
import type { Log } from '../../runtime/log.ts';
import { parseFirstRotationEvent, type FirstRotationEvent } from './event.ts';

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
  readonly answer: (url: URL, answer: CloudFormationAnswer) => Promise<void>;
  readonly now: () => Date;
  readonly log: Log;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export interface CloudFormationAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

export const createHandler =
  (ports: FirstRotationPorts) =>
  async (input: unknown): Promise<void> => {
    const event = parseFirstRotationEvent(input);
    const problems = event.type === 'Delete' ? [] : await startAll(event, ports);
    await ports.answer(event.responseUrl, {
      Status: problems.length === 0 ? 'SUCCESS' : 'FAILED',
      ...(problems.length > 0 && { Reason: reasonOf(problems) }),
      PhysicalResourceId: event.physicalId ?? event.logicalId,
      StackId: event.stackId,
      RequestId: event.requestId,
      LogicalResourceId: event.logicalId,
    });
  };

/** Sentences on the secrets whose rotation could not be started. */
const startAll = async (event: FirstRotationEvent, ports: FirstRotationPorts): Promise<string[]> => {
  const known = new Set(event.knownBefore);
  const waiting = event.scheduled.filter((arn) => !known.has(arn));
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let arn = waiting.shift(); arn !== undefined; arn = waiting.shift()) {
      problems.push(...(await startFirst(arn, event.requestId, ports)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return problems;
};

const startFirst = async (arn: string, token: string, ports: FirstRotationPorts): Promise<string[]> => {
  try {
    const secret = await ports.describe(arn);
    if (!isNew(secret, ports.now())) {
      ports.log.info('The secret is not new: its next rotation is in its window', { secret: arn });
      return [];
    }
    await ports.rotate(arn, token);
    ports.log.info('Started the first rotation', { secret: arn });
    return [];
  } catch (error) {
    ports.log.error('Could not start the first rotation', { secret: arn, error });
    return [`${arn} (${error instanceof Error ? error.name : String(error)})`];
  }
};

/** A secret that is older was in use before it had a schedule: a stack is deployed within a day. */
const isNew = ({ createdAt, lastRotatedAt }: RotatableSecret, now: Date): boolean =>
  lastRotatedAt === undefined && now.getTime() - createdAt.getTime() < dayMs;

/** CloudFormation takes 4096 bytes of an answer. */
const reasonOf = (problems: readonly string[]): string => {
  const shown = problems.slice(0, 5).join(', ');
  const more = problems.length > 5 ? ` and ${problems.length - 5} more` : '';
  return `Could not start the first rotation of ${shown}${more}. The log of the function says why.`;
};

const atOnce = 8;
const dayMs = 86_400_000;
