/** The access that a change of the catalog widens and narrows. */
import type { Catalog } from '../model/index.ts';
import { limitsOf } from './limits.ts';
import { type Right, rightsOf } from './rights.ts';

export interface AccessChange {
  readonly environment: string;
  /** `*`: all. */
  readonly application: string;
  readonly effect: 'widens' | 'narrows';
  readonly who: string;
  /** ARN of the role. */
  readonly role: string;
  readonly may: readonly string[];
  readonly what: string;
  /** `prod: consumer report of payments may now read prod/payments/orders-db` */
  readonly text: string;
}

/** By environment, widened access first. */
export const accessChanges = (before: Catalog, after: Catalog): AccessChange[] => {
  const old = [...rightsOf(before), ...limitsOf(before, after)];
  const now = [...rightsOf(after), ...limitsOf(after, before)];
  const names = [...new Set([...after.environments, ...before.environments].map(({ name }) => name))];
  const changes = [...changesOf('widens', now, old), ...changesOf('narrows', old, now)];
  return names.flatMap((name) => changes.filter(({ environment }) => environment === name));
};

/** The rights of `these` that `those` do not have. */
const changesOf = (
  effect: AccessChange['effect'],
  these: readonly Right[],
  those: readonly Right[],
): AccessChange[] => {
  const known = new Set(those.map(idOf));
  const gone = these.filter((right) => !known.has(idOf(right)));
  const goneIds = new Set(gone.map(idOf));
  const merged = new Map<string, Right & { readonly all: string[] }>();
  for (const right of gone) {
    if (right.refines !== undefined && goneIds.has(idOf({ ...right, what: right.refines }))) continue;
    const id = JSON.stringify([right.environment, right.who, right.role, right.what]);
    const same = merged.get(id);
    if (same) same.all.push(right.may);
    else merged.set(id, { ...right, all: [right.may] });
  }
  const otherRoles = new Set(those.map(({ environment, who, role }) => JSON.stringify([environment, who, role])));
  return [...merged.values()].map(({ environment, application, who, role, what, all }) => {
    const isOtherRole =
      those.some((one) => one.environment === environment && one.who === who && one.role !== role) &&
      !otherRoles.has(JSON.stringify([environment, who, role]));
    const may = effect === 'widens' ? 'may now' : 'may no longer';
    return {
      environment,
      application,
      effect,
      who,
      role,
      may: all,
      what,
      text: `${environment}: ${who} ${may} ${inWords(all)} ${what}${isOtherRole ? `, as ${role}` : ''}`,
    };
  });
};

const idOf = ({ environment, who, role, may, what }: Right): string =>
  JSON.stringify([environment, who, role, may, what]);

const inWords = (all: readonly string[]): string =>
  all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;
