/** A process that outlives its owner briefly, to end a server that is still running. */
import type { ChildProcess } from 'node:child_process';
import { afterOwner } from '../watchdog.ts';

/**
 * Waits in a separate process until its input ends: `stop()` ended it, or its owner ended in any way. Then it ends what
 * still runs, by the process id in the first line of a file, and removes the folder.
 */
export const startWatchdog = (folder: string, pidFile: string, signal: NodeJS.Signals): ChildProcess =>
  afterOwner('strongroom-database-watchdog', endServer, folder, pidFile, signal);

const endServer = `
    pid=$(head -n 1 "$2" 2>/dev/null)
    if [ -n "$pid" ]; then
      for signal in "\${3#SIG}" QUIT KILL; do
        kill -"$signal" "$pid" 2>/dev/null || break
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
      done
    fi
    rm -rf "$1"`;
