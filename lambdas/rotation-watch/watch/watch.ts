/** Counts which secrets are stuck or overdue, among those that a function of the organisation's own rotates. */
import {
  CodedError,
  isCodedError,
  metricName,
  type WatchedSecret,
  type WatchRequest,
} from '../../../lib/contract/index.ts';
import { embeddedMetric } from '../../runtime/embedded-metric.ts';
import type { Log } from '../../runtime/log.ts';

export interface RotationState {
  readonly name: string;
  readonly rotationEnabled: boolean;
  /** Whether a version is pending that is neither current nor previous. */
  readonly isPending: boolean;
  readonly createdAt?: Date;
  readonly lastChangedAt?: Date;
  /** Absent: never rotated. */
  readonly lastRotatedAt?: Date;
  readonly nextRotationAt?: Date;
}

export interface WatchPorts {
  /** @throws CodedError `aws-…` */
  readonly describe: (arn: string) => Promise<RotationState>;
}

export interface WatchOptions {
  readonly environment: string;
  readonly ports: WatchPorts;
  readonly now: () => Date;
  readonly log: Log;
}

export interface WatchReport {
  readonly secrets: number;
  readonly stuck: number;
  readonly overdue: number;
}

/**
 * A secret that cannot be described stops no other: the counts of the others are emitted first.
 *
 * @throws CodedError `not-measured` if a secret could not be described
 */
export const measure = async ({ application, secrets }: WatchRequest, options: WatchOptions): Promise<WatchReport> => {
  const { environment, log } = options;
  const now = options.now();
  const measured = await measureAll(secrets, now, options);
  for (const { secret, stuck, overdue } of measured) {
    if (stuck || overdue) log.warn('Secret needs attention', { secret, stuck, overdue });
  }
  const stuck = measured.filter((one) => one.stuck).length;
  const overdue = measured.filter((one) => one.overdue).length;
  const fields = { environment, application };
  const metric = embeddedMetric({
    values: { [metricName.rotationStuck]: stuck, [metricName.rotationOverdue]: overdue },
    dimensions: [Object.keys(fields)],
    fields,
    timestamp: now.getTime(),
  });
  log.info('Rotation measured', metric);
  if (measured.length < secrets.length) {
    throw new CodedError(
      'not-measured',
      `${secrets.length - measured.length} of ${secrets.length} secrets of ${application} could not be described: the log has the reason for each`,
      { retryable: true },
    );
  }
  return { secrets: measured.length, stuck, overdue };
};

interface Measured {
  readonly secret: string;
  readonly stuck: boolean;
  readonly overdue: boolean;
}

const measureAll = async (
  secrets: readonly WatchedSecret[],
  now: Date,
  { ports, log }: WatchOptions,
): Promise<Measured[]> => {
  const waiting = [...secrets];
  const measured: Measured[] = [];
  const work = async (): Promise<void> => {
    for (let secret = waiting.shift(); secret !== undefined; secret = waiting.shift()) {
      try {
        const state = await ports.describe(secret.arn);
        measured.push({ secret: state.name, stuck: isStuck(state, now), overdue: isOverdue(state, secret, now) });
      } catch (error) {
        const outcome = isCodedError(error) ? error.code : 'unexpected';
        log.error('Secret not measured', { secret: secret.arn, outcome, error });
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return measured;
};

const isStuck = ({ isPending, lastChangedAt }: RotationState, now: Date): boolean =>
  isPending && now.getTime() - (lastChangedAt?.getTime() ?? 0) > stuckAfterMs;

/** Secrets Manager moves the date of the next rotation on after a failed one, so the date alone does not show it. */
const isOverdue = (
  { rotationEnabled, nextRotationAt, lastRotatedAt, lastChangedAt, createdAt }: RotationState,
  { overdueAfterHours }: WatchedSecret,
  now: Date,
): boolean => {
  if (!rotationEnabled) return true;
  if (nextRotationAt !== undefined && now > nextRotationAt) return true;
  // A secret that never rotated is as old as its schedule, whose creation is a change of the secret.
  const since = lastRotatedAt ?? lastChangedAt ?? createdAt;
  if (overdueAfterHours === undefined || since === undefined) return false;
  return now.getTime() - since.getTime() > overdueAfterHours * hourMs;
};

const hourMs = 3_600_000;
/** A rotation with all retries of Secrets Manager takes less time. */
const stuckAfterMs = hourMs;
const workers = 4;
