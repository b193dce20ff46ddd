/**
 * Tries a change of rights in a transaction that is undone. A grant locks its table until the end, and the table of
 * locks is shared with everyone: so of many rights, those that the admin may certainly give or take are not tried, and
 * the others are tried and undone in small lots.
 */
import type { Session } from '../session/session.ts';
import type { Differences, Right } from './right.ts';
import { statementsOf } from './statements.ts';

export interface Trial {
  /** @param left - what the change has yet to do. */
  run(session: Session, holder: string, differences: Differences, left: () => Promise<Differences>): Promise<void>;
  /** Rights as they would be after what was not tried, or was undone. */
  after(rights: readonly Right[], holders: readonly string[]): readonly Right[];
}

/** Up to here, all is tried at once. */
const triedTogether = 100;
/** Locks of a lot. */
const triedInLot = 500;

export const startTrial = (): Trial => {
  const given = new Map<string, Right>();
  const taken = new Set<string>();
  const assume = (holder: string, { takes, gives }: Differences) => {
    for (const right of takes) {
      taken.add(keyOf(holder, right));
      given.delete(keyOf(holder, right));
    }
    for (const right of gives) {
      given.set(keyOf(holder, right), { ...right, holder });
      taken.delete(keyOf(holder, right));
    }
  };
  return {
    run: async (session, holder, all, left) => {
      if (all.takes.length + all.gives.length <= triedTogether) {
        await session.run(textsOf(holder, all));
        return;
      }
      await session.run(
        textsOf(
          holder,
          only(
            all,
            ({ sure }) => sure === undefined,
            ({ sure }) => sure === undefined,
          ),
        ),
      );
      assume(
        holder,
        only(
          all,
          ({ sure }) => sure?.take ?? false,
          ({ sure }) => sure?.give ?? false,
        ),
      );
      const doubtful = only(
        all,
        ({ sure }) => sure?.take === false,
        ({ sure }) => sure?.give === false,
      );
      for (const lot of lotsOf(doubtful)) {
        await session.run(['SAVEPOINT lot', ...textsOf(holder, lot)]);
        const remains = await left();
        await session.run(['ROLLBACK TO SAVEPOINT lot', 'RELEASE SAVEPOINT lot']);
        const done = only(lot, outside(remains.takes), outside(remains.gives));
        assume(holder, done);
        // The caller finds what remains.
        if (done.takes.length + done.gives.length < lot.takes.length + lot.gives.length) return;
      }
    },
    after: (rights, holders) => [
      ...rights.filter((right) => !taken.has(keyOf(right.holder, right))),
      ...[...given.values()].filter(({ holder }) => holders.includes(holder)),
    ],
  };
};

type Choice = (right: Right) => boolean;

const only = ({ takes, gives }: Differences, take: Choice, give: Choice): Differences => ({
  takes: takes.filter(take),
  gives: gives.filter(give),
});

const outside = (rights: readonly Right[]): Choice => {
  const known = new Set(rights.map(({ what }) => what));
  return ({ what }) => !known.has(what);
};

const lotsOf = ({ takes, gives }: Differences): readonly Differences[] => [
  ...slices(takes).map((some) => ({ takes: some, gives: [] })),
  ...slices(gives).map((some) => ({ takes: [], gives: some })),
];

const slices = (rights: readonly Right[]): readonly (readonly Right[])[] =>
  Array.from({ length: Math.ceil(rights.length / triedInLot) }, (_, index) =>
    rights.slice(index * triedInLot, (index + 1) * triedInLot),
  );

const textsOf = (holder: string, differences: Differences): readonly string[] =>
  statementsOf(holder, differences).map(({ text }) => text);

const keyOf = (holder: string, { what }: Right): string => JSON.stringify([holder, what]);
