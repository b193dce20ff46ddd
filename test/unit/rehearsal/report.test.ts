import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { Report, terminalListener } from '../../../local/rehearsal/report.ts';

interface Screen {
  readonly stream: WriteStream;
  readonly text: () => string;
}

/** What a terminal, or a pipe, would get. */
const screen = ({ isTTY }: { readonly isTTY: boolean }): Screen => {
  const written: string[] = [];
  const pipe = new PassThrough().on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const terminal = { isTTY, cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  const stream = Object.assign(Object.create(WriteStream.prototype) as WriteStream, terminal, {
    write: (text: string) => pipe.write(text),
  });
  return { stream, text: () => written.join('') };
};

describe('a line of the rehearsal', () => {
  it('leaves Ctrl-C to the command while it spins, which has more to end than the line', async () => {
    const { stream } = screen({ isTTY: true });
    const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    const before = listeners();
    let during = Number.NaN;

    await new Report(terminalListener(stream)).line('Stacks deployed', () => {
      during = listeners();
      return Promise.resolve('10');
    });

    expect(during).toBe(before);
  });

  it('shows what was seen in one line, and more of it below', async () => {
    const { stream, text } = screen({ isTTY: false });
    await new Report(terminalListener(stream)).line('Events arrived', () => Promise.resolve('such as\nthe read'));
    expect(text()).toMatch(/^\S*✔\S* Events arrived: such as .*s\S*\n {4}the read\n$/);
  });

  it('shows the first line of a failure, whose whole is told at the end', async () => {
    const { stream, text } = screen({ isTTY: false });
    const line = new Report(terminalListener(stream)).line('Stacks deployed', () =>
      Promise.reject(new Error('cdk deploy failed:\nstack trace')),
    );
    await expect(line).rejects.toThrow('stack trace');
    expect(text()).toContain('Stacks deployed: cdk deploy failed:');
    expect(text()).not.toContain('stack trace');
  });
});
