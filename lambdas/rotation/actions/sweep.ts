/** `sweep`: hourly, discards what has outlived its grace time, and measures which secrets are stuck or overdue. */
import {
  defaultNetwork,
  metricName,
  secretTag,
  type SweepReport,
  type sweepMetricDimensions,
  isCodedError,
} from '../../../lib/contract/index.ts';
import { embeddedMetric } from '../../runtime/embedded-metric.ts';
import type { Log } from '../../runtime/log.ts';
import { giveUpIfEmpty } from './give-up.ts';
import { withSettings } from '../steps/open-rotation.ts';
import type { RotationPorts, SecretDescription } from '../core/ports.ts';
import { marksLeft } from '../core/pending-mark.ts';
import { leftPending, pendingElsewhere } from '../core/stages.ts';
import { maySearch, surplusCredentials } from './surplus-credentials.ts';
import { discard, maySettle, mayBeDiscarded, type Discarded } from './discard.ts';

/** A rotation with all of Secrets Manager's retries takes less; what is pending for longer waits for somebody. */
const stuckAfterMs = 3_600_000;
/** So many secrets at a time: a discard is one login to a database, and most of them are different ones. */
const workers = 4;

interface SweepOptions {
  readonly ports: RotationPorts;
  readonly environment: string;
  /** Secrets of other networks are for their own functions to sweep. Absent: the default network. */
  readonly network?: string;
  readonly log: Log;
}

interface Swept {
  readonly secret: SecretDescription;
  readonly stuck: boolean;
  readonly overdue: boolean;
}

/**
 * The oldest first, so that a run which time ends is carried on by the next one. The failure of one secret is logged and
 * counted, and stops no other.
 *
 * @throws RotationError `aws-…` if the secrets can't be listed.
 */
export const sweep = async ({ ports, environment, network, log }: SweepOptions): Promise<SweepReport> => {
  const now = ports.clock.now();
  const all: Swept[] = [];
  for await (const secret of ports.versions.list({ environment, engine: ports.database.engine })) {
    if ((secret.tags[secretTag.network] ?? defaultNetwork) !== (network ?? defaultNetwork)) continue;
    all.push({ secret, stuck: isStuck(secret, now), overdue: isOverdue(secret, now) });
  }
  all.sort((a, b) => rotatedMs(a.secret) - rotatedMs(b.secret));

  const outcomes = await discardAll(
    all.map(({ secret }) => secret),
    { ports, environment, log },
  );
  // After what the sweep ends itself.
  const surplus = await findSurplus(
    all.map(({ secret }) => secret),
    { ports, environment, log },
  );
  const measured = all.map((one) => {
    const outcome = outcomes.get(one.secret.arn);
    return {
      ...one,
      stuck: one.stuck && outcome !== 'freed',
      failed: outcome === 'failed',
      second: surplus.has(one.secret.arn),
    };
  });
  tell(log, measured);
  const { engine } = ports.database;
  for (const [application, secrets] of byApplication(measured)) {
    emit(log, now, { environment, application }, countOf(secrets));
  }
  emit(log, now, { environment, engine, ...(network !== undefined && { network }) }, countOf(measured));
  const discarded = [...outcomes.values()].filter((outcome) => outcome === 'discarded').length;
  const { second: secondPasswords, ...counts } = countOf(measured);
  return { secrets: all.length, discarded, ...counts, secondPasswords };
};

const rotatedMs = ({ lastRotatedAt }: SecretDescription): number => lastRotatedAt?.getTime() ?? 0;

const isStuck = ({ stages, lastChangedAt }: SecretDescription, now: Date): boolean =>
  pendingElsewhere(stages) !== undefined && now.getTime() - (lastChangedAt?.getTime() ?? 0) > stuckAfterMs;

/** A strategy in the tags says that the catalog wants rotation. */
const isOverdue = ({ tags, rotationEnabled, nextRotationAt }: SecretDescription, now: Date): boolean =>
  rotationEnabled ? nextRotationAt !== undefined && now > nextRotationAt : tags[secretTag.strategy] !== undefined;

type Outcome =
  | Discarded
  | 'failed'
  /** Its pending version had no value, and was given up: it can rotate again. */
  | 'freed';

/** By ARN. What there was no time for is missing. */
const discardAll = async (
  secrets: readonly SecretDescription[],
  options: SweepOptions,
): Promise<ReadonlyMap<string, Outcome>> => {
  const outcomes = new Map<string, Outcome>();
  const now = options.ports.clock.now();
  const urgent = secrets.filter(
    (secret) =>
      isStuck(secret, now) ||
      leftPending(secret.stages) !== undefined ||
      mayBeDiscarded(secret, now) ||
      staleMarks(secret, now).length > 0,
  );
  const others = secrets.filter((secret) => !urgent.includes(secret) && maySettle(secret, options.ports.database));
  const queue = [...urgent, ...others];
  const work = async (): Promise<void> => {
    while (options.ports.clock.hasTime()) {
      const secret = queue.shift();
      if (!secret) return;
      outcomes.set(secret.arn, await discardOne(secret, options));
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (queue.length > 0) options.log.warn('No time left to discard more', { left: queue.length });
  return outcomes;
};

/** A list can be of a moment ago: marks of a rotation that has just begun stay. */
const staleMarks = (secret: SecretDescription, now: Date): readonly string[] =>
  now.getTime() - (secret.lastChangedAt?.getTime() ?? 0) > stuckAfterMs ? marksLeft(secret) : [];

const discardOne = async (secret: SecretDescription, { ports, environment, log }: SweepOptions): Promise<Outcome> => {
  try {
    const left = leftPending(secret.stages);
    if (left !== undefined) await ports.versions.removeLabel(secret.arn, 'AWSPENDING', left);
    const marks = staleMarks(secret, ports.clock.now());
    if (marks.length > 0) await ports.versions.unmark(secret.arn, marks);
    if (await freeOfEmpty(secret, ports, environment)) {
      log.info('Empty pending version given up', { secret: secret.name });
      return 'freed';
    }
    if (!mayBeDiscarded(secret, ports.clock.now()) && !maySettle(secret, ports.database)) return 'nothing';
    const outcome = await discard(secret, ports, environment);
    if (outcome !== 'nothing') log.info('Credential discarded', { secret: secret.name, outcome });
    return outcome;
  } catch (error) {
    const outcome = isCodedError(error) ? error.code : 'unexpected';
    log.error('Credential not discarded', { secret: secret.name, outcome, error });
    return 'failed';
  }
};

/** createSecret failed for as long as it was tried, and Secrets Manager starts no rotation while its version is pending. */
const freeOfEmpty = async (secret: SecretDescription, ports: RotationPorts, environment: string): Promise<boolean> => {
  const token = pendingElsewhere(secret.stages);
  if (token === undefined || !isStuck(secret, ports.clock.now())) return false;
  return giveUpIfEmpty({ ports, secret, token }, () => withSettings(secret, ports, environment, () => undefined));
};

/** ARNs of the secrets that have one. What could not be asked is not a failure of the sweep: a rotation would report it. */
const findSurplus = async (
  secrets: readonly SecretDescription[],
  { ports, environment, log }: SweepOptions,
): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  const queue = secrets.filter((secret) => maySearch(secret, ports.clock.now()));
  const work = async (): Promise<void> => {
    for (let secret = queue.shift(); secret !== undefined && ports.clock.hasTime(); secret = queue.shift()) {
      const { name } = secret;
      try {
        for (const { code, message } of await surplusCredentials(secret, ports, environment)) {
          found.add(secret.arn);
          log.warn('Surplus credential found', { secret: name, code, notice: message });
        }
      } catch (error) {
        const outcome = isCodedError(error) ? error.code : 'unexpected';
        log.warn('Surplus credentials not searched', { secret: name, outcome, error });
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return found;
};

interface Measured extends Swept {
  readonly failed: boolean;
  /** Whether a password or user is valid that no rotation ends. */
  readonly second: boolean;
}

/** The metrics count; which secrets they count is told here. */
const tell = (log: Log, secrets: readonly Measured[]): void => {
  for (const { secret, stuck, overdue, failed } of secrets) {
    if (stuck || overdue || failed) log.warn('Secret needs somebody', { secret: secret.name, stuck, overdue, failed });
  }
};

const byApplication = (secrets: readonly Measured[]): ReadonlyMap<string, readonly Measured[]> => {
  const groups = new Map<string, Measured[]>();
  for (const one of secrets) {
    const application = one.secret.tags[secretTag.application];
    if (application === undefined) continue;
    groups.set(application, [...(groups.get(application) ?? []), one]);
  }
  return groups;
};

const countOf = (secrets: readonly Measured[]) => ({
  stuck: secrets.filter(({ stuck }) => stuck).length,
  overdue: secrets.filter(({ overdue }) => overdue).length,
  failed: secrets.filter(({ failed }) => failed).length,
  second: secrets.filter(({ second }) => second).length,
});

type Dimensions = Record<(typeof sweepMetricDimensions)[number][number], string>;

/** Under all of the dimensions that are given: one of the sets in {@link sweepMetricDimensions}. */
const emit = (
  log: Log,
  now: Date,
  fields: Partial<Dimensions>,
  { stuck, overdue, failed, second }: ReturnType<typeof countOf>,
): void => {
  const values = {
    [metricName.rotationStuck]: stuck,
    [metricName.rotationOverdue]: overdue,
    [metricName.discardFailed]: failed,
    [metricName.secondPassword]: second,
  };
  const metric = { values, dimensions: [Object.keys(fields)], fields, timestamp: now.getTime() };
  log.info('Rotation measured', embeddedMetric(metric));
};
