/**
 * A thousand secrets whose windows open together, under the quotas of Secrets Manager and the function's concurrency: in
 * simulated time, with the calls that the engine really makes.
 */
import { describe, expect, it } from 'vitest';
import { ownPart } from '../../lib/catalog/entries/schedule.ts';
import type { Window } from '../../lib/catalog/schema/window.ts';
import { rotationSteps } from '../../lib/contract/index.ts';
import { RotationBench } from '../_helpers/rotation-bench.ts';

const secrets = 1_000;
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html: PutSecretValue and UpdateSecretVersionStage together; RotateSecret has as many of its own. */
const changesASecond = 50;
/** What `DatabaseRotation` reserves. */
const reservedConcurrency = 5;
const secondMs = 1_000;
const hourMs = 3_600_000;

/** Slower than measured: a call to AWS from a VPC, and a login over TLS. */
const cost = { call: 40, login: 150, coldStart: 600 };

interface Step {
  readonly durationMs: number;
  /** Milliseconds into the step at which a secret is changed. */
  readonly changes: readonly number[];
}

/** What each step of a rotation asks of AWS and the database, as the engine does it. */
const stepsOfARotation = async (): Promise<readonly Step[]> => {
  const bench = new RotationBench();
  const arn = bench.working();
  await bench.runAll(arn);
  const steps: Step[] = [];
  for (const step of rotationSteps) {
    if (step === 'createSecret') bench.secrets.startRotation(arn, 'the-second-rotation'.padEnd(36, '0'));
    bench.operations.length = 0;
    await bench.run(arn, step, 'the-second-rotation'.padEnd(36, '0'));
    let durationMs = 0;
    const changes: number[] = [];
    for (const operation of bench.operations) {
      durationMs += operation.startsWith('database.') ? cost.login : cost.call;
      if (operation === 'versions.storePending' || operation === 'versions.promote') changes.push(durationMs);
    }
    steps.push({ durationMs, changes });
  }
  return steps;
};

/** The same numbers each time: xorshift of a seed. */
const randomFrom = (seed: number) => (): number => {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 2 ** 32;
};

/**
 * Runs the rotations that start at the given times; Secrets Manager invokes the steps of each one after the other, and
 * whatever finds no free function waits.
 */
const run = (starts: readonly number[], steps: readonly Step[], concurrency: number) => {
  const waiting = starts.map((readyMs) => ({ readyMs, startMs: readyMs, step: 0 }));
  const functions = Array.from({ length: concurrency }, () => ({ freeMs: 0, warm: false }));
  const changes: number[] = [];
  let endMs = 0;
  let longestMs = 0;
  while (waiting.length > 0) {
    waiting.sort((a, b) => a.readyMs - b.readyMs);
    const next = waiting.shift()!;
    const worker = functions.reduce((a, b) => (b.freeMs < a.freeMs ? b : a));
    const begin = Math.max(next.readyMs, worker.freeMs) + (worker.warm ? 0 : cost.coldStart);
    const step = steps[next.step]!;
    changes.push(...step.changes.map((at) => begin + at));
    const done = begin + step.durationMs;
    Object.assign(worker, { freeMs: done, warm: true });
    if (next.step + 1 < steps.length) waiting.push({ ...next, readyMs: done, step: next.step + 1 });
    else {
      endMs = Math.max(endMs, done);
      longestMs = Math.max(longestMs, done - next.startMs);
    }
  }
  const bySecond = new Map<number, number>();
  for (const at of changes) {
    const second = Math.floor(at / secondMs);
    bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
  }
  return { endMs, longestMs, busiestSecond: Math.max(...bySecond.values()) };
};

describe('a thousand secrets whose windows open together', () => {
  const window: Window = { startHour: 2, hours: 4 };
  const names = Array.from({ length: secrets }, (_, index) => `prod/application-${index % 40}/secret-${index}`);

  it('are done within their windows, and far below the quota', async () => {
    const steps = await stepsOfARotation();
    const random = randomFrom(20_261_121);
    // Secrets Manager starts a rotation at some time within the first hour of a secret's own part of the window.
    const starts = names.map((name) => (ownPart(window, name).startHour - window.startHour + random()) * hourMs);

    const { endMs, busiestSecond, longestMs } = run(starts, steps, reservedConcurrency);

    console.log(
      `${String(secrets)} rotations in a window of ${String(window.hours)} h: done after ${(endMs / hourMs).toFixed(2)} h, ` +
        `longest ${(longestMs / secondMs).toFixed(1)} s, busiest second ${String(busiestSecond)} changes of ${String(changesASecond)}`,
    );
    expect(endMs).toBeLessThan(window.hours * hourMs);
    expect(busiestSecond).toBeLessThanOrEqual(changesASecond / 2);
  });

  it('are done soon after, and below the quota, where the window is a single hour', async () => {
    const steps = await stepsOfARotation();
    const random = randomFrom(20_261_122);

    const { endMs, busiestSecond } = run(
      names.map(() => random() * hourMs),
      steps,
      reservedConcurrency,
    );

    console.log(
      `${String(secrets)} rotations in a window of 1 h: done after ${(endMs / hourMs).toFixed(2)} h, ` +
        `busiest second ${String(busiestSecond)} changes of ${String(changesASecond)}`,
    );
    expect(endMs).toBeLessThan(hourMs + 60 * secondMs);
    expect(busiestSecond).toBeLessThanOrEqual(changesASecond / 2);
  });

  it('all begun in one second would be throttled for minutes if the function were not bounded', async () => {
    const steps = await stepsOfARotation();
    const together = names.map(() => 0);

    const bounded = run(together, steps, reservedConcurrency);
    const unbounded = run(together, steps, secrets);

    console.log(
      `${String(secrets)} rotations begun in one second: done after ${(bounded.endMs / 60_000).toFixed(1)} min, ` +
        `busiest second ${String(bounded.busiestSecond)} changes (${String(unbounded.busiestSecond)} without a bound)`,
    );
    expect(bounded.endMs).toBeLessThan(hourMs);
    // A little above the quota at worst, which the SDK's own retries even out; the other is twenty times the quota.
    expect(bounded.busiestSecond).toBeLessThan(changesASecond * 1.5);
    expect(unbounded.busiestSecond).toBeGreaterThan(changesASecond * 10);
  });
});
