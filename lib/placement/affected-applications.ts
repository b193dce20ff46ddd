/** Applications whose stacks a change of the catalog can touch. The others need no synth. */
import type { Application, Catalog, EnvironmentCatalog } from '../model/catalog.ts';
import { at, type Placement } from './placement.ts';

export interface PlacedCatalog {
  readonly catalog: Catalog;
  readonly placement: Placement;
}

/** Names of applications, of either side. */
export const affectedApplications = (before: PlacedCatalog, after: PlacedCatalog): ReadonlySet<string> => {
  const [old, now] = [ingredientsOf(before), ingredientsOf(after)];
  return new Set([...old.keys(), ...now.keys()].filter((name) => old.get(name) !== now.get(name)));
};

export const applicationNames = ({ environments }: Catalog): string[] => [
  ...new Set(environments.flatMap(({ applications }) => applications.map(({ name }) => name))),
];

/** By application: all that its stacks are made of, over all environments. */
const ingredientsOf = ({ catalog, placement }: PlacedCatalog): Map<string, string> => {
  const byApplication = new Map<string, unknown[]>();
  for (const environment of catalog.environments) {
    const common = commonTo(environment);
    for (const application of environment.applications) {
      const { file: _, ...own } = application;
      const parts = byApplication.get(application.name) ?? [at(placement, application.name)];
      byApplication.set(application.name, [...parts, common, own, readersElsewhere(environment, application)]);
    }
  }
  return new Map([...byApplication].map(([name, parts]) => [name, JSON.stringify(parts)]));
};

/** Paths differ between a commit and the folder; the file of authorities is in the stacks of the platform alone. */
const commonTo = ({ applications: _, certificateAuthorities: __, ...common }: EnvironmentCatalog) => common;

/** The policy of a shared secret names the roles of its readers. */
const readersElsewhere = ({ applications }: EnvironmentCatalog, { secrets }: Application) =>
  secrets
    .flatMap(({ sharedWith = [] }) => sharedWith)
    .map((shared) => applications.find(({ name }) => name === shared.application)?.consumers);
