import { describe, expect, it } from 'vitest';
import { exploreWith, readFaults, type Fault } from './faulty-engine.ts';

const faults = await readFaults();

describe('the simulation finds it where', () => {
  it.each(faults.map((fault) => [fault.what, fault] as const))('%s', async (_what, fault) => {
    const { counterExample, runs } = await exploreWith(fault);

    expect(counterExample?.violations, 'a counter-example').toEqual(expect.arrayContaining([expect.any(String)]));
    console.log(`${fault.name}: ${runs} schedules, ${counterExample?.violations[0] ?? ''}`);
  });
});

describe('a fault', () => {
  it('comes in a dozen kinds at least', () => {
    expect(faults.length).toBeGreaterThanOrEqual(12);
  });

  it('says so where the source that it is for has changed', async () => {
    const [known] = faults;
    const fault: Fault = { ...known!, patch: known!.patch.replaceAll(/^ .*$/gm, ' something else') };
    await expect(exploreWith(fault)).rejects.toThrow(
      /^The fault test\/simulation\/faults\/[a-z-]+\.patch no longer applies to lambdas\/rotation\/[a-z/-]+\.ts: the source has changed, so write the patch again$/,
    );
  });
});
