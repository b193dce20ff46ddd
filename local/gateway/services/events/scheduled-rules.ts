/**
 * EventBridge rules with a schedule, when the clock is moved: the emulator fires them only by the machine's clock.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
import { randomUUID } from 'node:crypto';

import { Cron } from 'croner';

import type { MovableClock } from '../../clock.ts';
import { deliverToTargets, listRules, type Rule } from '../../cloudtrail/event-delivery.ts';
import type { BusEvent } from '../../cloudtrail/trail-record.ts';
import type { Authorize } from '../../pipeline.ts';
import type { Forward } from '../../request.ts';
import type { Scope } from '../../service-call.ts';

export interface ScheduledRules {
  /** Resolves when all events that the moved clock made due are delivered. */
  settled(): Promise<void>;
  /** Counts every rule from now again, as after a reset of the emulator. */
  reset(): void;
  close(): Promise<void>;
}

export interface ScheduledRulesOptions {
  readonly forward: Forward;
  readonly authorize: Authorize;
  readonly clock: MovableClock;
  readonly region: string;
  /** Whose rules they are. */
  readonly accounts: readonly string[];
  /** Called with what could not be delivered. */
  readonly onError: (error: unknown) => void;
}

/** A rule that became due several times while the clock was moved fires once: its target sees the new time anyway. */
export const createScheduledRules = ({
  forward,
  authorize,
  clock,
  region,
  accounts,
  onError,
}: ScheduledRulesOptions): ScheduledRules => {
  const lastFired = new Map<string, number>();
  const movedMs = (): number => clock.now() - Date.now();
  let movedBefore = movedMs();
  let work: Promise<void> = Promise.resolve();

  /** @param before the time before the clock was moved, from which a rule counts that was made since the last move */
  const fireDue = async (scope: Scope, before: number, now: number): Promise<void> => {
    for (const rule of await listRules(forward, scope)) {
      const last = lastFired.get(rule.Arn) ?? before;
      lastFired.set(rule.Arn, last);
      if (rule.State !== 'ENABLED' || !isDue(rule, last, now)) continue;
      lastFired.set(rule.Arn, now);
      await deliverToTargets({ forward, authorize, scope, rule }, scheduledEvent(scope, rule, now), onError);
    }
  };
  const stopListening = clock.onAdvance(() => {
    const now = clock.now();
    const moved = movedMs();
    const before = now - (moved - movedBefore);
    movedBefore = moved;
    for (const account of accounts) work = work.then(() => fireDue({ account, region }, before, now)).catch(onError);
  });

  return {
    settled: () => work,
    reset: () => {
      lastFired.clear();
    },
    close: async () => {
      stopListening();
      await work;
    },
  };
};

/** Whether a time of the schedule lies after the last one and not after `now`, ms. */
export const isDue = (
  { ScheduleExpression = '' }: Pick<Rule, 'ScheduleExpression'>,
  last: number,
  now: number,
): boolean => {
  const [, value, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
  if (value !== undefined) return last + Number(value) * (unitMs[unit] ?? Number.NaN) <= now;
  const [, fields] = /^cron\((.+)\)$/.exec(ScheduleExpression) ?? [];
  if (fields === undefined) return false;
  const cron = new Cron(`0 ${fields}`, {
    timezone: 'UTC',
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
  });
  const next = cron.nextRun(new Date(last))?.getTime();
  return next !== undefined && next <= now;
};

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const scheduledEvent = ({ account, region }: Scope, { Arn }: Rule, now: number): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account,
  time: new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  region,
  resources: [Arn],
  detail: {},
});
