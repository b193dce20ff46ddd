import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { sample } from './random.ts';

describe('long schedules by chance', () => {
  it('break nothing', async () => {
    const { runs, moves, states, counterExample } = await sample({ seed: 20_260_101, bound: 400 });

    console.log(`by chance: ${runs} schedules, ${moves} moves, ${states} states`);
    expect(counterExample?.timeline.join('\n'), 'a counter-example').toBeUndefined();
    expect(runs).toBe(400);
  });

  it('are the same again with the same seed', async () => {
    const [first, again, other] = [
      await sample({ seed: 7, bound: 20 }),
      await sample({ seed: 7, bound: 20 }),
      await sample({ seed: 8, bound: 20 }),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('are made small where one breaks something, and told as a timeline', async () => {
    const { counterExample } = await sample({
      seed: 1,
      bound: 50,
      sabotage: (ports) => ({ ...ports, versions: { ...ports.versions, promote: () => Promise.resolve('promoted') } }),
    });

    const timeline = counterExample?.timeline ?? [];
    expect(timeline.join('\n')).not.toContain('**');
    expect(timeline.filter((line) => line.startsWith('b '))).toEqual([]);
    expect(timeline.at(-1)).toMatch(/^!!! /);
  });
});

describe('npm run simulate', () => {
  const simulate = (...args: string[]) =>
    execa('node', ['--import', 'tsx', 'tools/simulate.ts', ...args], { reject: false });

  it('prints what it covered', async () => {
    const { exitCode, stdout } = await simulate('--seed', '3', '--bound', '20');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^seed 3, 20 schedules\n20 schedules, [\d,]+ moves, [\d,]+ states in .* s: nothing broke$/);
  });

  it('explains itself', async () => {
    const { exitCode, stdout } = await simulate('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('npm run simulate -- [--seed N] [--bound N]');
  });

  it.each([
    [['--bound', '0'], '--bound is "0"; expected a whole number from 1 to 10000000'],
    [['--seed', 'x'], '--seed is "x"; expected a whole number from 0 to 2147483647'],
    [['--sede', '1'], "Unknown option '--sede'"],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await simulate(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });
});
