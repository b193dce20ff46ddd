/** A host for the command that keeps what it prints. */
import { type Host, processHost } from '../../cli/terminal/host.ts';
import type { ConnectAlerts } from '../../cli/operators/alert/ports.ts';
import type { ConnectIam } from '../../cli/operators/look-up.ts';
import type { ConnectInventory } from '../../cli/operators/existing-secret.ts';
import type { ConnectAws } from '../../cli/operators/ports.ts';
import { run } from '../../cli/program.ts';
import { today } from './catalog-folder.ts';

export interface Captured {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly debug?: boolean;
  /** AWS. @default the SDK's clients */
  readonly connect?: ConnectAws;
  /** Where `import` looks. @default the SDK's clients */
  readonly inventory?: ConnectInventory;
  /** Where `validate --iam` looks. @default the SDK's client */
  readonly iam?: ConnectIam;
  /** Where `alert` sends. @default the SDK's clients */
  readonly alerts?: ConnectAlerts;
  /** When it is. @default a fixed day, from which waiting counts on */
  readonly now?: () => Date;
  /** What a person answers to a question. @default nobody is there to be asked */
  readonly answer?: (question: string) => boolean;
  /** What a person writes when asked; nothing is Ctrl-C. @default nobody is there to be asked */
  readonly reply?: (question: string) => string | undefined;
  /** Called whenever the command waits; `interrupt` is Ctrl-C. */
  readonly onPause?: (interrupt: () => void) => void;
}

/** Runs the command as `strongroom ARGS` would. */
export const strongroom = async (
  args: readonly string[],
  {
    env = {},
    isTTY = false,
    debug = false,
    connect,
    inventory,
    iam,
    alerts,
    now,
    answer,
    reply,
    onPause,
  }: Surroundings = {},
): Promise<Captured> => {
  let [stdout, stderr] = ['', ''];
  let waitedMs = 0;
  const listeners = new Set<() => void>();
  const output = {
    stdout: { isTTY, write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    env,
  };
  const real = processHost(output, args);
  const host: Host = {
    ...real,
    now: now ?? (() => new Date(today.getTime() + waitedMs)),
    ...(reply && { ask: (question: string) => Promise.resolve(reply(question)) }),
    ...(answer && { confirm: (question: string) => Promise.resolve(answer(question)) }),
    pause: (ms, signal) => {
      waitedMs += ms;
      onPause?.(() => {
        for (const listener of listeners) listener();
      });
      // With a clock of its own the world moves in real time too.
      return now === undefined ? Promise.resolve() : real.pause(Math.min(ms, 200), signal);
    },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const exitCode = await run(args, host, {
    debug,
    ...(connect && { connect }),
    ...(inventory && { connectInventory: inventory }),
    ...(iam && { connectIam: iam }),
    ...(alerts && { connectAlerts: alerts }),
  });
  return { exitCode, stdout, stderr };
};
