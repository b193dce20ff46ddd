/** The environment and the destinations that an audit verb is about. */
import { loadCatalog } from '../../../lib/catalog/index.ts';
import type { EnvironmentCatalog } from '../../../lib/model/index.ts';
import { environmentNamed } from '../../catalog/catalog-names.ts';
import { UsageError } from '../../terminal/errors.ts';

/** An exception that has ended stops a deploy, and never an operator at night. */
const noExceptionHasEnded = new Date(0);

/** @throws {@link UsageError} if the catalog has no such environment */
export const auditEnvironment = (catalog: string, environment: string): EnvironmentCatalog =>
  environmentNamed(loadCatalog(catalog, { today: noExceptionHasEnded }), '--environment', environment);

/** @throws {@link UsageError} if the environment has no such destination, or none at all */
export const destinationsOf = ({ name, destinations }: EnvironmentCatalog, only: string | undefined): string[] => {
  const names = destinations.map((one) => one.name);
  if (names.length === 0) throw new UsageError(`the catalog has no destination of audit events in ${name} (siem)`);
  if (only === undefined) return names;
  if (names.includes(only)) return [only];
  throw new UsageError(`--destination ${only}: ${name} has no such destination; it has ${names.join(', ')}`);
};

const dayMs = 24 * 3_600_000;
const usualDays = 7;

/** @throws {@link UsageError} if the period ends before it starts */
export const periodOf = (
  { from, to }: { readonly from?: Date; readonly to?: Date },
  now: Date,
): { readonly from: Date; readonly to: Date } => {
  const end = to ?? now;
  const start = from ?? new Date(+end - usualDays * dayMs);
  if (start < end) return { from: start, to: end };
  throw new UsageError(`--from ${start.toISOString()} is not before --to ${end.toISOString()}`);
};
