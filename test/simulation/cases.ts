/** Who acts beside whom: the actors of a scenario, and how much may befall them in one schedule. */
import { forcedTokenPrefix, rotationSteps, secretTag, type RotationStep } from '../../lib/contract/index.ts';
import type { Case } from './explore.ts';
import { plantedHost } from './invocation.ts';
import type { Actor, Bound } from './run.ts';
import { firstToken, tokenOf, type Scenario } from './world.ts';

export interface NamedCase extends Case {
  readonly name: string;
}

const plantedToken = tokenOf('planted');
const secondToken = tokenOf('rotation-2');
const forcedToken = tokenOf(`${forcedTokenPrefix}rotation-2`);
const adminToken = tokenOf('rotation-of-admin');

export const steps = (token: string, wanted: readonly RotationStep[] = rotationSteps): Actor =>
  wanted.map((step) => ({ do: step, token }));

const whole = steps(firstToken);
/** Another rotation from its beginning. */
export const anew = (token: string): Actor => [{ do: 'start', token }, ...steps(token)];
const ofAdmin: Actor = anew(adminToken).map((task) => ({ ...task, of: 'admin' }) as Actor[number]);

/** What a second worker does beside the first: everything, a late repetition, or steps in another order. */
const companions: Readonly<Record<string, Actor>> = {
  'the whole rotation': whole,
  'setSecret and testSecret again': steps(firstToken, ['setSecret', 'testSecret']),
  'finishSecret before its time': steps(firstToken, ['finishSecret']),
  'steps backwards': steps(firstToken, [...rotationSteps].reverse()),
};

const beside: Bound = { faults: 1, switches: 1 };

/** The steps of one rotation, by one worker and by two. */
const rotationCases = (scenario: Scenario): readonly NamedCase[] => [
  ...(scenario.failsLogins === undefined
    ? [{ name: 'undisturbed', scenario, actors: [whole], bound: { faults: 0, switches: 0 }, failedLogins: 0 }]
    : []),
  { name: 'one worker', scenario, actors: [whole], bound: { faults: 2, switches: 0 } },
  ...Object.entries(companions).map(([name, companion]) => ({
    name: `beside ${name}`,
    scenario,
    actors: [whole, companion],
    bound: beside,
  })),
  { name: 'two workers that take turns', scenario, actors: [whole, whole], bound: { faults: 0, switches: 3 } },
  {
    name: 'taking turns with testSecret before its time',
    scenario,
    actors: [whole, steps(firstToken, ['testSecret'])],
    bound: { faults: 0, switches: 3 },
  },
];

/** Operators who mend by hand what goes on anyway. */
const operatorCases = (scenario: Scenario): readonly NamedCase[] => [
  {
    name: 'beside an operator who rolls forward',
    scenario,
    actors: [whole, [{ do: 'rollForward', token: firstToken }]],
    bound: beside,
  },
  ...(keepsCurrent(scenario) ? [besideRollBack(scenario, whole, beside)] : putBackCases(scenario)),
];

const rollBack: Actor = [{ do: 'rollBack', token: firstToken }];
const besideRollBack = (scenario: Scenario, actor: Actor, bound: Bound): NamedCase => ({
  name: 'beside an operator who rolls back',
  scenario,
  actors: [actor, rollBack],
  bound,
});

/**
 * Where giving up puts the only password back, it is for a rotation whose testSecret has not succeeded: nothing that the
 * service offers keeps a finishSecret, or a step that sees labels of a moment ago, from going on after it. RDS moreover
 * has no lock that a step and an operator could share.
 */
const putBackCases = (scenario: Scenario): readonly NamedCase[] => {
  const unfinished = steps(firstToken, ['createSecret', 'setSecret', 'testSecret']);
  return [
    {
      name: 'rolled back by an operator',
      scenario,
      actors: [[...unfinished, ...rollBack]],
      bound: { faults: 2, switches: 0 },
    },
    ...(secretTag.rds in scenario.tags ? [] : [besideRollBack(scenario, unfinished, { faults: 0, switches: 1 })]),
  ];
};

/** A cancelled rotation may leave a password that no label leads to, which only an admin can mend where it is the only one. */
const cancelCases = (scenario: Scenario): readonly NamedCase[] => [
  {
    name: 'cancelled, and another rotation beside what is left of it',
    scenario,
    actors: [whole, [{ do: 'cancel' }, ...anew(secondToken)]],
    bound: beside,
  },
];

/** Anyone who may put a value can plant one. Without an admin a rotation that loses its label can't be mended. */
const plantCases = (scenario: Scenario): readonly NamedCase[] => [
  {
    name: 'with a password that an operator planted',
    scenario,
    actors: [[{ do: 'plant', token: firstToken }, ...whole, { do: 'rollForward', token: firstToken }]],
    bound: { faults: 1, switches: 0 },
  },
  {
    name: 'with a server that an operator planted',
    scenario,
    actors: [[{ do: 'plant', token: firstToken, host: plantedHost }, ...whole, { do: 'sweep' }, ...rollBack]],
    bound: { faults: 1, switches: 0 },
  },
  ...(secretTag.admin in scenario.tags
    ? [
        {
          name: 'beside an operator who plants a value',
          scenario,
          actors: [whole, [{ do: 'plant', token: plantedToken }, ...steps(plantedToken)]] as const,
          bound: { faults: 0, switches: 1 },
        },
      ]
    : []),
];

/** What was seen a while ago is no proof. */
const meddlingCases = (scenario: Scenario): readonly NamedCase[] => [
  {
    name: 'a password set by hand before a late finishSecret',
    scenario,
    actors: [
      [
        ...steps(firstToken, ['createSecret', 'setSecret', 'testSecret']),
        { do: 'meddle' },
        { do: 'wait', hours: 1 },
        ...steps(firstToken, ['finishSecret']),
      ],
    ],
    bound: { faults: 1, switches: 0 },
  },
];

const adminCases = (scenario: Scenario): readonly NamedCase[] => [
  {
    name: 'while a rotation of the admin is half done',
    scenario,
    actors: [[...ofAdmin.slice(0, 3), ...whole]],
    bound: { faults: 0, switches: 0 },
    failedLogins: 0,
  },
  { name: 'beside a rotation of the admin', scenario, actors: [whole, ofAdmin], bound: beside },
];

/** The credential before the current one has a time in which it is valid, and an end. */
const graceCases = (scenario: Scenario): readonly NamedCase[] => [
  {
    name: 'beside the sweep',
    scenario,
    actors: [whole, [{ do: 'sweep' }]],
    bound: { faults: 1, switches: 2 },
  },
  {
    name: 'the sweep after the grace time, beside another',
    scenario,
    actors: [[...whole, { do: 'wait', hours: 25 }, { do: 'sweep' }], [{ do: 'sweep' }]],
    bound: beside,
  },
  {
    name: 'a second rotation within the grace time',
    scenario,
    actors: [[...whole, { do: 'wait', hours: 1 }, ...anew(secondToken)]],
    bound: { faults: 1, switches: 0 },
  },
  {
    name: 'a second rotation that is forced',
    scenario,
    actors: [[...whole, { do: 'wait', hours: 1 }, ...anew(forcedToken)]],
    bound: { faults: 1, switches: 0 },
  },
  {
    name: 'a second rotation beside the sweep, after the grace time',
    scenario,
    actors: [[...whole, { do: 'wait', hours: 25 }, ...anew(secondToken)], [{ do: 'sweep' }]],
    bound: beside,
  },
];

/** Whether the current credential logs in all the time. */
const keepsCurrent = ({ strategy, worksAtStart }: Scenario): boolean =>
  worksAtStart && (strategy === 'alternating-users' || strategy === 'dual-password');

export const casesOf = (scenario: Scenario): readonly NamedCase[] => {
  const hasGrace = secretTag.grace in scenario.tags;
  const hasAdmin = secretTag.admin in scenario.tags;
  if (scenario.refusedWith !== undefined) return [...rotationCases(scenario), ...operatorCases(scenario)];
  return [
    ...rotationCases(scenario),
    ...operatorCases(scenario),
    // Where AWSCURRENT is wrong, there is nothing to return to when the planted version is given up.
    ...(scenario.worksAtStart && scenario.failsLogins === undefined ? plantCases(scenario) : []),
    ...(hasAdmin ? [...cancelCases(scenario), ...adminCases(scenario)] : []),
    ...(hasAdmin && scenario.strategy === 'single-user' ? meddlingCases(scenario) : []),
    ...(hasGrace ? graceCases(scenario) : []),
  ];
};
