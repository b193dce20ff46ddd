/** A process that outlives its owner by a moment, to end a server that nobody ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';

/**
 * Waits in a process of its own until its input ends, which is when `stop()` ended it or its owner is gone, however it
 * went; then ends what still runs, by the process id in the first line of a file, and removes the folder.
 */
export const startWatchdog = (folder: string, pidFile: string, signal: NodeJS.Signals): ChildProcess => {
  const script = `
    cat >/dev/null
    pid=$(head -n 1 "$2" 2>/dev/null)
    if [ -n "$pid" ]; then
      for signal in "\${3#SIG}" QUIT KILL; do
        kill -"$signal" "$pid" 2>/dev/null || break
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
      done
    fi
    rm -rf "$1"`;
  const child = spawn('/bin/sh', ['-c', script, 'strongroom-database-watchdog', folder, pidFile, signal], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: tmpdir(),
  });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
};
