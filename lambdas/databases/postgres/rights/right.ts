/** Makes roles equal in what they have: what lacks is given, what is too much is taken. */
import type { RevokedRight } from '../../port.ts';
import { DatabaseError } from '../../errors.ts';
import { missingPrivilege } from '../session/roles.ts';
import type { Session } from '../session/session.ts';
import { statementsOf } from './statements.ts';
import type { Trial } from './trial.ts';

/** The two users that take turns and the role that owns what they make. */
export interface Circle {
  /** The model. */
  readonly from: string;
  readonly to: string;
  readonly owner: string;
  /** `server_version_num` */
  readonly version: number;
  /** Present: a rehearsal. */
  readonly trial?: Trial;
}

export interface Right {
  readonly holder: string;
  /** The same text for the same right of another holder. For comparison only: it can have the value of a setting. */
  readonly what: string;
  /** For messages: `SELECT`, `member of`, `setting`. */
  readonly privilege: string;
  readonly object: string;
  /** The statement that gives it to a role. */
  readonly give: (role: string) => string;
  /** The statements that take it from a role; none where giving another value replaces it. */
  readonly take: (role: string) => readonly string[];
  /** Present: one statement does it for all objects of the same key. */
  readonly together?: {
    readonly key: string;
    readonly object: string;
    readonly give: (objects: string, role: string) => string;
    readonly take: (objects: string, role: string) => string;
  };
  /** Present: whether the catalogs of the server show that this admin may give it, and take it. */
  readonly sure?: { readonly give: boolean; readonly take: boolean };
}

/** Reads all rights of one kind that the holders have. */
export type RightsReader = (session: Session, holders: readonly string[], circle: Circle) => Promise<readonly Right[]>;

/**
 * Makes the second user have exactly what the model has.
 *
 * @returns what was taken. @throws DatabaseError `database-privilege` if the admin may not give or take one of them.
 */
export const equalise = (
  session: Session,
  circle: Circle,
  readers: readonly RightsReader[],
): Promise<readonly RevokedRight[]> => reconcile(session, circle, circle.to, () => compare(session, circle, readers));

/**
 * Has the owner role keep, and so hand on, nothing that both users had and the model has lost. What was granted to the
 * owner role alone is for both users, and stays.
 *
 * @throws as {@link equalise}.
 */
export const equaliseOwner = async (
  session: Session,
  circle: Circle,
  readers: readonly RightsReader[],
): Promise<void> => {
  const { from, to, owner } = circle;
  await reconcile(session, circle, owner, async () => {
    const rights = await readAll(session, circle, [from, to, owner], readers);
    const lost = without(heldBy(rights, to), heldBy(rights, from));
    return {
      takes: both(heldBy(rights, owner), lost),
      gives: without(heldBy(rights, from), heldBy(rights, owner)),
    };
  });
};

/** Gives one role what another has, and takes nothing. @throws as {@link equalise}. */
export const giveMissing = async (
  session: Session,
  circle: Circle,
  { model, holder }: { readonly model: string; readonly holder: string },
  readers: readonly RightsReader[],
): Promise<void> => {
  await reconcile(session, circle, holder, async () => {
    const rights = await readAll(session, circle, [model, holder], readers);
    return { takes: [], gives: without(heldBy(rights, model), heldBy(rights, holder)) };
  });
};

export interface Differences {
  readonly takes: readonly Right[];
  readonly gives: readonly Right[];
}

const reconcile = async (
  session: Session,
  circle: Circle,
  holder: string,
  differences: () => Promise<Differences>,
): Promise<readonly RevokedRight[]> => {
  const { takes, gives } = await differences();
  if (takes.length + gives.length === 0) return [];
  try {
    if (circle.trial) await circle.trial.run(session, holder, { takes, gives }, differences);
    else await session.run(statementsOf(holder, { takes, gives }).map(({ text }) => text));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    throw unequal(circle, error.message, error);
  }
  // The server only warns of much that it did not do, and of a grant that somebody else gave too it says nothing.
  const left = await differences();
  const [kept] = left.takes;
  if (kept) throw unequal(circle, `"${holder}" still has what "${circle.from}" has not: ${describe(kept)}`);
  const [missing] = left.gives;
  if (missing) throw unequal(circle, `"${holder}" did not get ${describe(missing)}`);
  return lossesOf(holder, { takes, gives });
};

/** What a holder loses permanently. */
export const lossesOf = (holder: string, { takes, gives }: Differences): readonly RevokedRight[] =>
  takes
    .filter((taken) => isLoss(taken, gives))
    .map(({ privilege, object }) => ({ username: holder, privilege, object }));

/**
 * A right that is granted again with another option or value is not lost. Neither is another limit, nor what everyone
 * else would have got.
 */
const isLoss = (taken: Right, gives: readonly Right[]): boolean =>
  !taken.privilege.endsWith(' for PUBLIC') &&
  (taken.take(taken.holder).length > 0 || /^(CREATEDB|BYPASSRLS)$/.test(taken.privilege)) &&
  !gives.some(({ privilege, object }) => object === taken.object && privilege.startsWith(taken.privilege));

const compare = async (session: Session, circle: Circle, readers: readonly RightsReader[]): Promise<Differences> => {
  const { from, to } = circle;
  const rights = await readAll(session, circle, [from, to], readers);
  return {
    takes: without(heldBy(rights, to), heldBy(rights, from)),
    gives: without(heldBy(rights, from), heldBy(rights, to)),
  };
};

export const readAll = async (
  session: Session,
  circle: Circle,
  holders: readonly string[],
  readers: readonly RightsReader[],
): Promise<readonly Right[]> => {
  const rights: Right[] = [];
  for (const read of readers) for (const right of await read(session, holders, circle)) rights.push(right);
  return circle.trial ? circle.trial.after(rights, holders) : rights;
};

export const heldBy = (rights: readonly Right[], holder: string): readonly Right[] =>
  rights.filter((right) => right.holder === holder);

export const without = (rights: readonly Right[], others: readonly Right[]): readonly Right[] => {
  const known = new Set(others.map(({ what }) => what));
  return rights.filter(({ what }) => !known.has(what));
};

export const both = (rights: readonly Right[], others: readonly Right[]): readonly Right[] => {
  const known = new Set(others.map(({ what }) => what));
  return rights.filter(({ what }) => known.has(what));
};

const describe = ({ privilege, object }: Right): string => `${privilege} on ${object}`;

export const unequal = ({ from, to }: Circle, why: string, cause?: unknown): DatabaseError =>
  missingPrivilege(
    `Could not make "${to}" the equal of "${from}": ${why}; make the admin a member of the owner of what is named, or grant it that right`,
    cause,
  );
