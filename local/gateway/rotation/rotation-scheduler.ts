/** Starts rotations when their windows open, by a clock that a test can move. */
import type { MovableClock } from '../clock.ts';
import type { RotationWindow } from './rotation-rules.ts';

export interface RotationScheduler {
  /** Plans the next rotation of a secret in place of what was planned; `undefined` plans none. */
  plan(arn: string, window: RotationWindow | undefined): void;
  planned(arn: string): RotationWindow | undefined;
  clear(): void;
  close(): void;
}

/** setTimeout's longest delay is 24 days; a shorter look keeps a suspended laptop right too. */
const longestWaitMs = 60 * 60_000;

/** A window that the clock was moved past still counts as due: time jumps here, it never does on AWS. */
export const createRotationScheduler = (clock: MovableClock, onDue: (arn: string) => void): RotationScheduler => {
  const windows = new Map<string, RotationWindow>();
  let timer: NodeJS.Timeout | undefined;

  const wake = (): void => {
    const now = clock.now();
    const due = [...windows].filter(([, window]) => window.start <= now).map(([arn]) => arn);
    for (const arn of due) windows.delete(arn);
    arm();
    for (const arn of due) onDue(arn);
  };
  const arm = (): void => {
    clearTimeout(timer);
    if (windows.size === 0) return;
    const next = Math.min(...[...windows.values()].map((window) => window.start));
    timer = setTimeout(wake, Math.min(Math.max(next - clock.now(), 0), longestWaitMs)).unref();
  };
  const stopListening = clock.onAdvance(wake);

  return {
    plan: (arn, window) => {
      if (window === undefined) windows.delete(arn);
      else windows.set(arn, window);
      arm();
    },
    planned: (arn) => windows.get(arn),
    clear: () => {
      windows.clear();
      clearTimeout(timer);
    },
    close: () => {
      stopListening();
      windows.clear();
      clearTimeout(timer);
    },
  };
};
