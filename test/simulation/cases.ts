/** Who acts beside whom: the actors of a scenario, and how much may befall them in one schedule. */
import { rotationSteps, type RotationStep } from '../../lib/contract/index.ts';
import type { Case } from './explore.ts';
import type { Actor } from './run.ts';
import { firstToken, type Scenario } from './world.ts';

export interface NamedCase extends Case {
  readonly name: string;
}

export const steps = (token: string, wanted: readonly RotationStep[] = rotationSteps): Actor =>
  wanted.map((step) => ({ do: step, token }));

const whole = steps(firstToken);

/** What a second worker does beside the first: everything, a late repetition, or steps in another order. */
const companions: Readonly<Record<string, Actor>> = {
  'the whole rotation': whole,
  'setSecret and testSecret again': steps(firstToken, ['setSecret', 'testSecret']),
  'finishSecret before its time': steps(firstToken, ['finishSecret']),
  'steps backwards': steps(firstToken, [...rotationSteps].reverse()),
};

/** The steps of one rotation, by one worker and by two. */
export const rotationCases = (scenario: Scenario): readonly NamedCase[] => [
  { name: 'one worker', scenario, actors: [whole], bound: { faults: 2, switches: 0 } },
  ...Object.entries(companions).map(([name, companion]) => ({
    name: `beside ${name}`,
    scenario,
    actors: [whole, companion],
    bound: { faults: 1, switches: 1 },
  })),
  { name: 'two workers that take turns', scenario, actors: [whole, whole], bound: { faults: 0, switches: 3 } },
];
