/**
 * Which stack of its application each secret is in. CloudFormation takes 500 resources and 1 MB a stack, and a secret
 * can't move to another stack, so what was once decided is written down and kept.
 */

/** Application to secret to the number of its stack. Applications that are not here have one stack. */
export type Placement = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface PlacedApplication {
  readonly name: string;
  /** Names of its secrets, of all environments. */
  readonly secrets: readonly string[];
}

/**
 * Secrets that a stack takes: four resources and 10 kB each, so that half of CloudFormation's 500 resources and a third
 * of its 1 MB are left for consumers, and for what later versions add to a secret.
 */
export const secretsAStack = 60;

/** From here on placements are written down, so that at the next change what is deployed is known. */
export const unplacedSecrets = 40;

/** Applications that grew past {@link secretsAStack} at once, unplaced: which of their secrets are deployed is not known. */
export class UnknownDeployment extends Error {
  override readonly name = 'UnknownDeployment';
  readonly applications: readonly PlacedApplication[];

  constructor(applications: readonly PlacedApplication[]) {
    super(applications.map(({ name }) => name).join(', '));
    this.applications = applications;
  }
}

/**
 * Places what is new, and leaves every other secret where it is.
 *
 * @param before - as it is written down
 * @param deployed - the secrets of an application before the change; `undefined`: not known
 * @throws {@link UnknownDeployment}
 */
export const place = (
  before: Placement,
  applications: readonly PlacedApplication[],
  deployed: (application: string) => readonly string[] | undefined = () => undefined,
): Placement => {
  const unknown = applications.filter(
    ({ name, secrets }) =>
      at(before, name) === undefined && secrets.length > secretsAStack && deployed(name) === undefined,
  );
  if (unknown.length > 0) throw new UnknownDeployment(unknown);
  return Object.fromEntries(
    applications.flatMap(({ name, secrets }) => {
      const known = at(before, name) ?? allInFirst(secrets.length > secretsAStack ? (deployed(name) ?? []) : secrets);
      const placed = placeSecrets(known, secrets);
      return needsPlacement(placed) ? [[name, placed]] : [];
    }),
  );
};

/** Whether two placements say the same. */
export const isSamePlacement = (a: Placement, b: Placement): boolean =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** Applications and secrets by name, each secret on a line of its own. */
export const formatPlacement = (placement: Placement): string =>
  `${JSON.stringify({ applications: sorted(placement) }, undefined, 2)}\n`;

/** The stack of a secret; 1 if none is recorded. */
export const stackOf = (placement: Placement, application: string, secret: string): number =>
  at(at(placement, application) ?? {}, secret) ?? 1;

const placeSecrets = (before: Readonly<Record<string, number>>, secrets: readonly string[]): Record<string, number> => {
  const placed: Record<string, number> = {};
  const counts = new Map<number, number>();
  const put = (secret: string, stack: number): void => {
    placed[secret] = stack;
    counts.set(stack, (counts.get(stack) ?? 0) + 1);
  };
  for (const secret of secrets) {
    const stack = at(before, secret);
    if (stack !== undefined) put(secret, stack);
  }
  let last = Math.max(1, ...counts.keys());
  for (const secret of secrets.filter((one) => !Object.hasOwn(placed, one))) {
    if ((counts.get(last) ?? 0) >= secretsAStack) last += 1;
    put(secret, last);
  }
  return placed;
};

/** `constructor` is a good name for a secret. */
export const at = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const allInFirst = (secrets: readonly string[]): Record<string, number> =>
  Object.fromEntries(secrets.map((secret) => [secret, 1]));

const needsPlacement = (placed: Readonly<Record<string, number>>): boolean => {
  const stacks = Object.values(placed);
  return stacks.length > unplacedSecrets || stacks.some((stack) => stack > 1);
};

const sorted = (placement: Placement): Placement =>
  byName(Object.entries(placement).map(([name, secrets]) => [name, byName(Object.entries(secrets))]));

const byName = <Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
