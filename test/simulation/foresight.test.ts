/** Point 28: before each scenario a preflight says how its rotation will end. */
import { describe, expect, it } from 'vitest';
import { objectionIn } from '../_helpers/foresight.ts';
import { steps } from './cases.ts';
import { explore } from './explore.ts';
import { allScenarios } from './scenarios.ts';
import { firstToken, World } from './world.ts';

const all = Object.entries(allScenarios).flatMap(([strategy, scenarios]) =>
  scenarios.map((scenario) => [`${strategy}: ${scenario.name}`, scenario] as const),
);

describe('a preflight says before what the rotation comes to', () => {
  it.each(all)('%s', async (_name, scenario) => {
    const { refusedWith } = scenario;

    expect(objectionIn(await new World(scenario).preflight())?.code).toBe(refusedWith);

    // Where the scenario names a code, the world holds that the rotation is refused with it, and that it ends otherwise.
    const undisturbed = { faults: 0, switches: 0 };
    const { counterExample } = await explore({ scenario, actors: [steps(firstToken)], bound: undisturbed });
    expect(counterExample).toBeUndefined();
  });
});
