/** Reads `placement.lock.json` of a catalog folder, and holds it against the catalog. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalog } from '../model/catalog.ts';
import { isWithin } from '../catalog/source/is-within.ts';
import { type LateProblem, locateProblems } from '../catalog/source/late-problems.ts';
import { CatalogError, type CatalogProblem } from '../catalog/messages/problem.ts';
import { checkStructure } from '../catalog/source/structure.ts';
import { parseYaml } from '../catalog/source/yaml-file.ts';
import { expecting } from '../catalog/words/expectation.ts';
import { entries } from '../catalog/words/scalars.ts';
import { at, type PlacedApplication, type Placement, unplacedSecrets } from './placement.ts';

export const placementFile = 'placement.lock.json';

/**
 * The placement of a folder; empty without a file.
 *
 * @throws {@link CatalogError} where the file is not what `strongroom place` writes
 */
export const readPlacement = (directory: string): Placement => {
  const path = join(directory, placementFile);
  if (!existsSync(path)) return {};
  if (!isWithin(directory, path)) {
    throw new CatalogError([
      {
        code: 'file-outside',
        file: path,
        message: 'is a symbolic link that leads out of the folder; put the file itself there',
      },
    ]);
  }
  // JSON is YAML, and the YAML parser knows the line of everything.
  const file = parseYaml(path, readFileSync(path, 'utf8'));
  const problems = [...file.problems, ...checkStructure(placementSchema, file).problems];
  if (problems.length > 0) throw new CatalogError(problems);
  return placementSchema.parse(file.data).applications;
};

/**
 * The placement of a folder, which has every secret that needs one.
 *
 * @throws {@link CatalogError} where it has not: `strongroom place` writes it
 */
export const loadPlacement = (directory: string, catalog: Catalog): Placement => {
  const placement = readPlacement(directory);
  const problems = [...unplaced(directory, catalog, placement), ...takenNames(directory, catalog, placement)];
  if (problems.length > 0) throw new CatalogError(problems);
  return placement;
};

/** The applications of a catalog, each with the secrets of all its environments. */
export const applicationsOf = ({ environments }: Catalog): PlacedApplication[] => {
  const secrets = new Map<string, Set<string>>();
  for (const { name, secrets: own } of environments.flatMap(({ applications }) => applications)) {
    const known = secrets.get(name) ?? new Set();
    for (const secret of own) known.add(secret.name);
    secrets.set(name, known);
  }
  return [...secrets].map(([name, names]) => ({ name, secrets: [...names] }));
};

const stackNumber = expecting(z.int().min(1), {
  must: 'be the number of a stack',
  write: 'what strongroom place writes',
});

const placementSchema = z.strictObject({
  applications: entries(entries(stackNumber, 0), 0),
});

const unplaced = (directory: string, catalog: Catalog, placement: Placement): CatalogProblem[] => {
  const files = new Map(
    catalog.environments.flatMap(({ applications }) => applications.map(({ name, file }) => [name, file])),
  );
  const late = applicationsOf(catalog).flatMap(({ name, secrets }): LateProblem[] => {
    const placed = at(placement, name);
    const missing = secrets.filter((secret) => placed === undefined || at(placed, secret) === undefined);
    if (missing.length === 0 || (placed === undefined && secrets.length <= unplacedSecrets)) return [];
    const why = placed ? placesMissing(missing) : `and past ${unplacedSecrets} the stack of each is written down`;
    return [
      {
        file: files.get(name) ?? directory,
        path: ['secrets'],
        part: 'key',
        code: 'not-placed',
        message:
          `has ${secrets.length} entries, ${why}; run strongroom place --catalog ${directory} and commit ` +
          `${placementFile} with the change`,
      },
    ];
  });
  return locateProblems(directory, late);
};

const placesMissing = (missing: readonly string[]): string =>
  `and no place for ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`;

/** `orders-2` is the second stack of `orders`, or the application of that name. */
export const takenNames = (directory: string, catalog: Catalog, placement: Placement): CatalogProblem[] => {
  const applications = new Set(applicationsOf(catalog).map(({ name }) => name));
  return Object.entries(placement).flatMap(([name, secrets]) =>
    [...new Set(Object.values(secrets))]
      .filter((stack) => stack > 1 && applications.has(`${name}-${stack}`))
      .map((stack) => ({
        code: 'name-taken',
        file: join(directory, placementFile),
        message: `places secrets of ${name} into the stack ${name}-${stack}, which is the name of another application; rename that application`,
      })),
  );
};
