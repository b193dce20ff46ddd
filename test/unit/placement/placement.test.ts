/** What is placed stays where it is, whatever comes and goes around it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatPlacement,
  isSamePlacement,
  place,
  type Placement,
  secretsAStack,
  stackOf,
  UnknownDeployment,
  unplacedSecrets,
} from '../../../lib/placement/placement.ts';

const secrets = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `s${from + index}`);
const orders = (names: readonly string[]) => [{ name: 'orders', secrets: names }];
const stacksOf = (placement: Placement, names: readonly string[]): Map<string, number> =>
  new Map(names.map((name) => [name, stackOf(placement, 'orders', name)]));
const counts = (placement: Placement, names: readonly string[]): number[] => {
  const stacks = [...stacksOf(placement, names).values()];
  return [...new Set(stacks)].sort((a, b) => a - b).map((stack) => stacks.filter((one) => one === stack).length);
};

/** A change of a catalog: secrets that go, and secrets that come at some place among the others. */
const change = fc.record({
  keep: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
  add: fc.integer({ min: 0, max: 150 }),
  at: fc.nat(400),
});

test('no sequence of changes moves a secret that stays, and no stack gets more than it takes', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      let present: string[] = [];
      let placement: Placement = {};
      let next = 0;
      for (const { keep, add, at } of changes) {
        const deployed = present;
        const staying = present.filter((_, index) => keep[index % keep.length]);
        present = [...staying.slice(0, at), ...secrets(add, next), ...staying.slice(at)];
        next += add;
        const before = placement;
        placement = place(before, orders(present), () => deployed);
        expect(stacksOf(placement, staying)).toEqual(stacksOf(before, staying));
        expect(Math.max(0, ...counts(placement, present))).toBeLessThanOrEqual(secretsAStack);
        expect(isSamePlacement(place(placement, orders(present)), placement)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('an application with few secrets needs no placement', () => {
  expect(place({}, orders(secrets(unplacedSecrets)))).toEqual({});
  expect(Object.keys(place({}, orders(secrets(unplacedSecrets + 1))))).toEqual(['orders']);
});

test('what is new goes into the last stack with room, and then into another', () => {
  const first = place({}, orders(secrets(secretsAStack)));
  expect(counts(first, secrets(secretsAStack))).toEqual([secretsAStack]);
  const all = secrets(secretsAStack * 2 + 1);
  expect(counts(place(first, orders(all)), all)).toEqual([secretsAStack, secretsAStack, 1]);
});

test('what is gone is forgotten, and its room in an earlier stack stays free', () => {
  const all = secrets(secretsAStack + 10);
  const before = place({}, orders(all), () => []);
  const left = [...all.slice(5), 'late'];
  const after = place(before, orders(left));
  expect(stackOf(after, 'orders', 'late')).toBe(2);
  expect(Object.keys(after['orders'] ?? {}).sort()).toEqual([...left].sort());
  expect(place(before, [])).toEqual({});
});

test('an application that grows past a stack at once is placed by what is deployed, and refused where that is not known', () => {
  const grown = ['new-0', ...secrets(30), ...secrets(80, 100)];
  expect(() => place({}, orders(grown))).toThrow(UnknownDeployment);
  const placement = place({}, orders(grown), () => secrets(30));
  expect([...new Set(stacksOf(placement, secrets(30)).values())]).toEqual([1]);
});

test('a secret may have the name of something that every object has', () => {
  const names = ['constructor', 'valueof', ...secrets(secretsAStack)];
  const placement = place({}, orders(names), () => []);
  expect(stackOf(placement, 'orders', 'constructor')).toBe(1);
  expect(stackOf({}, 'constructor', 'constructor')).toBe(1);
});

test('the file has one line per secret, by name, so that two changes rarely conflict', () => {
  expect(formatPlacement({ b: { y: 2, x: 1 }, a: { z: 1 } })).toBe(`{
  "applications": {
    "a": {
      "z": 1
    },
    "b": {
      "x": 1,
      "y": 2
    }
  }
}
`);
});
