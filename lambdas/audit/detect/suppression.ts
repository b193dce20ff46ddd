/** Which suppression holds for a signal. It must cover all secrets of it: one more makes it another matter. */
import { matchesWildcards, type DetectionName, type Suppression } from '../../../lib/contract/index.ts';

const day = 86_400_000;

export interface Suppressible {
  readonly rule: DetectionName;
  /** ARN of the principal. */
  readonly group: string;
  readonly secrets: readonly string[];
  readonly at: number;
}

export const suppressionOf = (
  { rule, group, secrets, at }: Suppressible,
  { suppressions }: { readonly suppressions: readonly Suppression[] },
): Suppression | undefined =>
  suppressions.find(
    (one) =>
      one.rule === rule &&
      at < Date.parse(`${one.until}T00:00:00Z`) + day &&
      (one.principal === undefined || matchesWildcards(one.principal, group)) &&
      (one.secret === undefined ||
        (secrets.length > 0 && secrets.every((name) => matchesWildcards(one.secret ?? '', name)))),
  );
