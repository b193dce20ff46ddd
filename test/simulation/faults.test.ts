import { describe, expect, it } from 'vitest';
import { exploreWith, readFaults } from './faulty-engine.ts';

const faults = readFaults();

describe('the simulation finds that', () => {
  it.each(faults.map((fault) => [fault.what, fault] as const))('%s', async (_what, fault) => {
    const { counterExample, runs } = await exploreWith(fault);

    expect(counterExample?.violations, 'a counter-example').toEqual(expect.arrayContaining([expect.any(String)]));
    console.log(`${fault.name}: ${runs} schedules, ${counterExample?.violations[0] ?? ''}`);
  });

  it('at least a dozen faults are in the engine', () => {
    expect(faults.length).toBeGreaterThanOrEqual(12);
  });
});
