import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { processHost } from '../../../cli/terminal/host.ts';
import { progressOn } from '../../../cli/terminal/progress.ts';

/** A process whose person types `answer`, on terminals. */
const terminalProcess = (answer?: string) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = Object.assign(new PassThrough(), { isTTY: true });
  if (answer !== undefined) stdin.write(answer);
  return Object.assign(new EventEmitter(), { stdin, stdout, stderr, env: {} });
};

describe('a question', () => {
  it.each([
    ['y\n', true],
    ['Yes\n', true],
    ['\n', false],
    ['n\n', false],
    ['yellow\n', false],
  ])('is answered by %j: %s', async (answer, yes) => {
    const process = terminalProcess(answer);
    expect(await processHost(process, []).confirm?.('Do this?')).toBe(yes);
    expect(String(process.stderr.read())).toContain('Do this? [y/N] ');
  });

  it('is answered by the end of the input: no', async () => {
    const process = terminalProcess();
    process.stdin.end();
    expect(await processHost(process, []).confirm?.('Do this?')).toBe(false);
  });

  it('is asked of nobody in a pipe', () => {
    const { stdin, stdout, stderr, env } = terminalProcess();
    expect(processHost({ stdout, stderr, env }, []).confirm).toBeUndefined();
    expect(processHost({ stdin, stdout, stderr: new PassThrough(), env }, []).confirm).toBeUndefined();
  });
});

describe('Ctrl-C', () => {
  it('calls who listens, once, and nobody who listens no more', () => {
    const process = terminalProcess();
    const host = processHost(process, []);
    let heard = 0;
    const stop = host.onInterrupt(() => (heard += 1));
    process.emit('SIGINT');
    process.emit('SIGINT');
    host.onInterrupt(() => (heard += 10))();
    process.emit('SIGINT');
    stop();
    expect(heard).toBe(1);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('ends a pause at once', async () => {
    const interrupt = new AbortController();
    const pause = processHost(terminalProcess(), []).pause(60_000, interrupt.signal);
    interrupt.abort();
    await expect(pause).resolves.toBeUndefined();
  });
});

describe('progress', () => {
  it('is lines in a log, and nothing beside JSON', () => {
    const stderr = new PassThrough();
    for (const args of [[], ['--json']]) {
      const progress = progressOn(processHost({ stdout: new PassThrough(), stderr, env: {} }, args));
      progress.doing('looking');
      progress.done('createSecret: stored');
      progress.failed('setSecret failed');
      progress.end();
    }
    expect(String(stderr.read())).toBe('✔ createSecret: stored\n✖ setSecret failed\n');
  });
});

describe('a terminal that calls itself dumb', () => {
  it('gets plain lines: no spinner, no colours, no movement of the cursor', async () => {
    const process = Object.assign(terminalProcess('y\n'), { env: { TERM: 'dumb', FORCE_COLOR: '1' } });
    const host = processHost(process, []);
    expect([host.terminal, host.color]).toEqual([undefined, false]);
    const progress = progressOn(host);
    progress.doing('Waiting');
    progress.done('Rotated');
    progress.end();
    expect(await host.confirm?.('Do this?')).toBe(true);
    expect(String(process.stderr.read())).toBe('✔ Rotated\nDo this? [y/N] ');
  });
});
