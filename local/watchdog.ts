/** A process that outlives its owner by a moment, to end what nobody ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';

/**
 * Runs a script of the shell once the input of the returned process ends: when somebody ends it, or when this process is
 * gone, however it went.
 *
 * @param name - under which `ps` shows it
 */
export const afterOwner = (name: string, script: string, ...args: readonly string[]): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', `cat >/dev/null\n${script}`, name, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: tmpdir(),
  });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
};
