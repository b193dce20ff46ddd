/** A process that outlives its owner by a moment, to end a PostgreSQL that nobody ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';

/**
 * Waits in a process of its own until its input ends, which is when `stop()` ended it or its owner is gone, however it
 * went; then ends what still runs in the folder, by the process id that PostgreSQL wrote there, and removes the folder.
 */
export const startWatchdog = (folder: string): ChildProcess => {
  const script = `
    cat >/dev/null
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
    if [ -n "$pid" ]; then
      kill -INT "$pid" 2>/dev/null
      tries=0
      while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
      kill -QUIT "$pid" 2>/dev/null
    fi
    rm -rf "$1"`;
  const child = spawn('/bin/sh', ['-c', script, 'strongroom-postgres-watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: tmpdir(),
  });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
};
