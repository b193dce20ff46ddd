/** A command in a process group of its own, which ends with its owner, and on a signal with all that it has started. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The program and arguments to spawn, with `detached` and a pipe as standard input. The shell between is one process from
 * the start: an owner who is killed at any moment leaves no command without a watch.
 */
export const inOwnGroup = (program: string, ...args: readonly string[]): [program: string, args: string[]] => [
  '/bin/sh',
  ['-c', endWithOwner, 'strongroom-command', program, ...args],
];

/** The owner holds the pipe: its end is the owner's. */
const endWithOwner = `
    exec 3<&0 </dev/null
    "$@" 3<&- &
    command=$!
    (cat <&3; kill -s KILL -- "-$$") >/dev/null 2>&1 &
    exec 3<&-
    wait "$command"`;

const killAfterMs = 2000;
const goneWithinMs = 5000;

/** Ends the group of a process when the signal aborts: politely, and two seconds later for certain. */
export const endWith = (
  { pid }: { readonly pid?: number | undefined },
  signal: AbortSignal,
): { readonly ended: () => Promise<void> } => {
  let killTimer: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(pid, 'SIGKILL'), killAfterMs);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    /** To call once the command has ended: returns when all of the group are gone. */
    ended: async () => {
      signal.removeEventListener('abort', end);
      clearTimeout(killTimer);
      // In a container whose first process collects no zombies, they stay in the group: then it gives up.
      for (const deadline = Date.now() + goneWithinMs; signalGroup(pid, 'SIGKILL') && Date.now() < deadline;) {
        await sleep(20);
      }
    },
  };
};

/** @returns whether the group has a member. */
const signalGroup = (pid: number | undefined, signal: NodeJS.Signals): boolean => {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    // EPERM is what macOS says of a group of zombies.
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
};
