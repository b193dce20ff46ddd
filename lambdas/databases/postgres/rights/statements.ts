/** Writes the statements that give rights to a role and take rights from it, many objects in one. */
import type { Differences, Right } from './right.ts';

export interface Statement {
  readonly text: string;
  /** Locks that it holds until the transaction ends: one for each object. */
  readonly locks: number;
}

/** What is taken comes first. Otherwise in the order of the rights: a privilege can depend on the option to grant it. */
export const statementsOf = (holder: string, { takes, gives }: Differences): readonly Statement[] => [
  ...inOneGo(
    takes,
    (right) => right.take(holder),
    (together, objects) => together.take(objects, holder),
  ),
  ...inOneGo(
    gives,
    (right) => [right.give(holder)],
    (together, objects) => together.give(objects, holder),
  ),
];

/** So many objects in one statement. */
const objectsAtOnce = 100;

type Together = NonNullable<Right['together']>;

const inOneGo = (
  rights: readonly Right[],
  alone: (right: Right) => readonly string[],
  together: (group: Together, objects: string) => string,
): readonly Statement[] => {
  const statements: Statement[] = [];
  const groups = new Map<string, Together[]>();
  for (const right of rights) {
    if (!right.together) statements.push(...alone(right).map((text) => ({ text, locks: 1 })));
    else groupOf(groups, right.together.key).push(right.together);
  }
  for (const group of groups.values()) {
    for (let start = 0; start < group.length; start += objectsAtOnce) {
      const some = group.slice(start, start + objectsAtOnce);
      const objects = some.map(({ object }) => object).join(', ');
      if (some[0]) statements.push({ text: together(some[0], objects), locks: some.length });
    }
  }
  return statements;
};

const groupOf = <Value>(groups: Map<string, Value[]>, key: string): Value[] => {
  const group = groups.get(key) ?? [];
  groups.set(key, group);
  return group;
};
