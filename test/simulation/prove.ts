/** Makes a test of each case, which prints how much was covered, and a counter-example as a timeline. */
import { afterAll, expect, it } from 'vitest';
import type { NamedCase } from './cases.ts';
import { explore } from './explore.ts';

/** @param what - the strategy, for the sums that are printed in the end. */
export const prove = (what: string, cases: readonly NamedCase[]): void => {
  const sum = { schedules: 0, states: 0, runs: 0, ms: 0 };

  it.each(cases.map((each) => [`${each.scenario.name}: ${each.name}`, each] as const))('%s', async (_name, each) => {
    const start = performance.now();
    const { schedules, states, runs, counterExample } = await explore(each);
    sum.schedules += schedules;
    sum.states += states;
    sum.runs += runs;
    sum.ms += performance.now() - start;
    expect(counterExample?.timeline.join('\n'), 'a counter-example').toBeUndefined();
    const { faults, switches } = each.bound;
    expect(schedules).toBeGreaterThan(faults + switches > 0 ? 10 : 0);
  });

  afterAll(() => {
    const count = (number: number) => number.toLocaleString('en');
    console.log(
      `${what}: ${count(sum.schedules)} schedules, ${count(sum.states)} states, ` +
        `${count(sum.runs)} runs in ${(sum.ms / 1000).toFixed(1)} s, ${cases.length} cases`,
    );
  });
};
