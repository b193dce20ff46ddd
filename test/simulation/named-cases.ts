/** The cases of all strategies by name: `strategy: scenario: case`. */
import { casesOf, type NamedCase } from './cases.ts';
import { explore, type Exploration } from './explore.ts';
import { allScenarios } from './scenarios.ts';

/** @throws Error where there is no such case. */
export const exploreCase = async (name: string): Promise<Exploration> => {
  const found = Object.values(allScenarios)
    .flat()
    .flatMap(casesOf)
    .find((each) => nameOf(each) === name);
  if (!found) throw new Error(`There is no case "${name}" in the simulation`);
  return explore(found);
};

export const nameOf = ({ scenario, name }: NamedCase): string => `${scenario.strategy}: ${scenario.name}: ${name}`;
