/** Makes roles equal in what they have: what lacks is given, what is too much is taken. */
import { DatabaseError } from '../../../rotation/rotation-error.ts';
import { missingPrivilege } from '../roles.ts';
import type { Session } from '../session.ts';

/** The two users that take turns and the role that owns what they make. */
export interface Circle {
  /** The model. */
  readonly from: string;
  readonly to: string;
  readonly owner: string;
  /** `server_version_num` */
  readonly version: number;
}

export interface Right {
  readonly holder: string;
  /** The same text for the same right of another holder. */
  readonly what: string;
  /** The statement that gives it to a role. */
  readonly give: (role: string) => string;
  /** The statements that take it from a role; none where giving another value replaces it. */
  readonly take: (role: string) => readonly string[];
}

/** Reads all rights of one kind that the holders have. */
export type RightsReader = (session: Session, holders: readonly string[], circle: Circle) => Promise<readonly Right[]>;

/** @throws DatabaseError `database-privilege` where the admin may not give or take one of them. */
export const equalise = async (
  session: Session,
  circle: Circle,
  holders: readonly string[],
  readers: readonly RightsReader[],
): Promise<void> => {
  const differences = await compare(session, circle, holders, readers);
  try {
    await session.run(differences.flatMap(({ takes }) => takes));
    await session.run(differences.flatMap(({ gives }) => gives));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    throw unequal(circle, error.message, error);
  }
  // The server only warns of much that it did not do, and of a grant that somebody else gave too it says nothing.
  if (differences.length === 0) return;
  const [left] = await compare(session, circle, holders, readers);
  if (left) throw unequal(circle, `"${left.holder}" ${left.problem}`);
};

interface Difference {
  readonly holder: string;
  readonly problem: string;
  readonly takes: readonly string[];
  readonly gives: readonly string[];
}

const compare = async (
  session: Session,
  circle: Circle,
  holders: readonly string[],
  readers: readonly RightsReader[],
): Promise<readonly Difference[]> => {
  const differences: Difference[] = [];
  for (const read of readers) {
    const rights = await read(session, [circle.from, ...holders], circle);
    const wanted = rights.filter(({ holder }) => holder === circle.from);
    for (const holder of holders) {
      const held = rights.filter((right) => right.holder === holder);
      for (const right of without(held, wanted)) {
        const problem = `still has what "${circle.from}" has not: ${right.what}`;
        differences.push({ holder, problem, takes: right.take(holder), gives: [] });
      }
      for (const right of without(wanted, held)) {
        const problem = `did not get what "${circle.from}" has: ${right.what}`;
        differences.push({ holder, problem, takes: [], gives: [right.give(holder)] });
      }
    }
  }
  return differences;
};

const without = (rights: readonly Right[], others: readonly Right[]): readonly Right[] => {
  const known = new Set(others.map(({ what }) => what));
  return rights.filter(({ what }) => !known.has(what));
};

const unequal = ({ from, to }: Circle, why: string, cause?: unknown): DatabaseError =>
  missingPrivilege(
    `Could not make "${to}" the equal of "${from}": ${why}; make the admin a member of the owner of what is named, or let it grant that`,
    cause,
  );
