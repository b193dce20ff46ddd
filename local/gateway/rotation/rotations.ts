/** Every rotation that runs or is planned. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { MovableClock } from '../clock.ts';
import type { RotationFunction } from './rotation-function.ts';
import {
  runRotation,
  runRotationTest,
  type RetryPolicy,
  type RotatingSecret,
  type RotationOutcome,
  type RotationPorts,
  type RotationServiceEvent,
} from './rotation-run.ts';
import type { RotationWindow } from './rotation-rules.ts';
import { createRotationScheduler } from './rotation-scheduler.ts';

export interface Rotations {
  readonly function: RotationFunction;
  /** Starts a rotation and returns at once; `onEnd` is called before {@link Rotations.settled} resolves. */
  start(
    kind: 'rotate' | 'test',
    secret: RotatingSecret,
    versionId: string,
    onEnd: (outcome: RotationOutcome) => void | Promise<void>,
  ): void;
  isRunning(arn: string): boolean;
  /** Ends the running rotation of a secret after its current step. */
  cancel(arn: string): void;
  /** Runs work that may start a rotation, so that {@link Rotations.settled} waits for it. */
  background(work: () => Promise<void>): void;
  /** Notes that the rotation of a secret could not begin. */
  refused(arn: string, message: string): void;
  plan(arn: string, window: RotationWindow | undefined): void;
  planned(arn: string): RotationWindow | undefined;
  record(event: RotationServiceEvent): void;
  /** The outcome of the last rotation of a secret, once none runs; `undefined` when there never was one. */
  settled(arn: string): Promise<RotationOutcome | undefined>;
  /** Forgets everything and cancels what runs. */
  reset(): void;
  /** Cancels what runs, waits for it, and stops the schedule. */
  close(): Promise<void>;
}

export interface RotationsOptions {
  readonly clock: MovableClock;
  readonly function: RotationFunction;
  readonly labelsOf: RotationPorts['labelsOf'];
  readonly record: (event: RotationServiceEvent) => void;
  /** A window of this secret has opened. */
  readonly onDue: (arn: string) => Promise<void>;
  /** Called with background work that failed, except by a refusal. */
  readonly onError: (error: unknown) => void;
  /** @default 5 attempts, 1 s, 2 s, 4 s, 8 s apart, each up to half longer */
  readonly retry?: RetryPolicy;
}

interface Run {
  cancelled: boolean;
  readonly ended: Promise<void>;
}

export const defaultRetry: RetryPolicy = {
  attempts: 5,
  delayMs: (attempt) => {
    const base = 1000 * 2 ** (attempt - 2);
    return base + randomInt(base / 2);
  },
};

export const createRotations = (options: RotationsOptions): Rotations => {
  const runs = new Map<string, Run>();
  const outcomes = new Map<string, RotationOutcome>();
  const pending = new Set<Promise<void>>();
  const closing = new AbortController();
  const ports: RotationPorts = {
    invoke: (secret, event) => options.function.invoke(secret, event),
    labelsOf: options.labelsOf,
    record: options.record,
    pause: (ms) => sleep(ms, undefined, { signal: closing.signal }).catch(nothing),
  };

  const background = (work: () => Promise<void>): void => {
    const task = work().catch(options.onError);
    pending.add(task);
    void task.finally(() => pending.delete(task));
  };
  const scheduler = createRotationScheduler(options.clock, (arn) => {
    background(() => options.onDue(arn));
  });
  const cancelAll = (): void => {
    for (const run of runs.values()) run.cancelled = true;
  };

  const start: Rotations['start'] = (kind, secret, versionId, onEnd) => {
    const begin = async (run: { readonly cancelled: boolean }): Promise<void> => {
      const outcome =
        kind === 'test'
          ? await runRotationTest(secret, versionId, ports)
          : await runRotation(secret, versionId, ports, options.retry ?? defaultRetry, run);
      outcomes.set(secret.arn, outcome);
      await onEnd(outcome);
    };
    const state = { cancelled: false };
    const ended = begin(state)
      .catch(options.onError)
      .finally(() => runs.delete(secret.arn));
    runs.set(secret.arn, Object.assign(state, { ended }));
  };

  const settled = async (arn: string): Promise<RotationOutcome | undefined> => {
    while (pending.size > 0 || runs.has(arn)) {
      await Promise.all([...pending]);
      await runs.get(arn)?.ended;
    }
    return outcomes.get(arn);
  };

  return {
    function: options.function,
    start,
    isRunning: (arn) => runs.has(arn),
    cancel: (arn) => {
      const run = runs.get(arn);
      if (run) run.cancelled = true;
    },
    background,
    refused: (arn, message) => void outcomes.set(arn, { status: 'refused', message }),
    plan: (arn, window) => {
      scheduler.plan(arn, window);
    },
    planned: (arn) => scheduler.planned(arn),
    record: options.record,
    settled,
    reset: () => {
      cancelAll();
      outcomes.clear();
      scheduler.clear();
    },
    close: async () => {
      cancelAll();
      closing.abort();
      scheduler.close();
      while (pending.size > 0 || runs.size > 0) {
        await Promise.all([...pending, ...[...runs.values()].map((run) => run.ended)]);
      }
    },
  };
};

const nothing = (): void => undefined;
