/** Which applications a plan synthesises: those of either catalog whose stacks can differ. */
import { CatalogError, loadCatalog } from '../../lib/catalog/index.ts';
import { platformApplication } from '../../lib/contract/index.ts';
import {
  affectedApplications,
  applicationNames,
  type PlacedCatalog,
} from '../../lib/placement/affected-applications.ts';
import { loadPlacement } from '../../lib/placement/load-placement.ts';

export interface PlannedApplications {
  readonly before: { readonly only: readonly string[] };
  readonly after: { readonly only: readonly string[] };
  /** How many of the catalog as it is need no synth. */
  readonly leftOut: number;
}

/** Nothing if one of the catalogs is not valid: the synth says so, and calls each what the user knows. */
export const plannedApplications = (before: string, after: string, today: Date): PlannedApplications | undefined => {
  const [old, now] = [placed(before, today), placed(after, today)];
  if (!old || !now) return undefined;
  const affected = affectedApplications(old, now);
  const [oldNames, names] = [applicationNames(old.catalog), applicationNames(now.catalog)];
  const only = (all: readonly string[]) => ({
    only: [platformApplication, ...all.filter((name) => affected.has(name))],
  });
  return {
    before: only(oldNames),
    after: only(names),
    leftOut: names.filter((name) => !affected.has(name)).length,
  };
};

const placed = (folder: string, today: Date): PlacedCatalog | undefined => {
  try {
    const catalog = loadCatalog(folder, { today });
    return { catalog, placement: loadPlacement(folder, catalog) };
  } catch (error) {
    if (error instanceof CatalogError) return undefined;
    throw error;
  }
};
