/** Which applications a change can touch. */
import { expect, test } from 'vitest';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { affectedApplications } from '../../../lib/placement/affected-applications.ts';
import type { Placement } from '../../../lib/placement/placement.ts';
import { catalogFolder, organisationYaml } from '../../_helpers/catalog-folder.ts';

const application = (name: string, secrets: readonly string[], consumer = '{ runsOn: ecs }'): string =>
  [
    `application: ${name}`,
    'owner: team',
    'contact: oncall',
    `consumers: { api: ${consumer} }`,
    'secrets:',
    ...secrets.map((secret) => `  ${secret}`),
    '',
  ].join('\n');

const own = 'one: { class: signing-key, readers: [api] }';

const files = {
  'organisation.yaml': organisationYaml,
  'orders.yaml': application('orders', [own]),
  'shop.yaml': application('shop', [own]),
  'web.yaml': application('web', [own]),
};

const load = (change: Readonly<Record<string, string>> = {}, placement: Placement = {}) => ({
  catalog: loadCatalog(catalogFolder({ ...files, ...change })),
  placement,
});

const affected = (...sides: Parameters<typeof affectedApplications>): string[] =>
  [...affectedApplications(...sides)].sort();

test('the same catalog in another folder touches none', () => {
  expect(affected(load(), load())).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>, string[]]>([
  [
    'a secret',
    { 'orders.yaml': application('orders', [own, 'new: { class: signing-key, readers: [api] }']) },
    ['orders'],
  ],
  ['an application that is new', { 'new.yaml': application('new', [own]) }, ['new']],
  [
    'the organisation',
    { 'organisation.yaml': organisationYaml.replaceAll('region: eu-west-1', 'region: eu-west-3') },
    ['orders', 'shop', 'web'],
  ],
])('a change of %s touches what is made of it', (_, change, expected) => {
  expect(affected(load(), load(change))).toEqual(expected);
  expect(affected(load(change), load())).toEqual(expected);
});

test('another place of a secret touches its application', () => {
  expect(affected(load({}, { orders: { one: 1 } }), load({}, { orders: { one: 2 } }))).toEqual(['orders']);
});

test('another role of a reader touches the application whose secret it reads, too', () => {
  const shared = 'two: { class: signing-key, readers: [api], sharedWith: { shop: [api] } }';
  const shop = (consumer: string): string =>
    `${application('shop', [own], consumer)}uses: { two: { application: orders, secret: two, readers: [api] } }\n`;
  const sides = ['{ runsOn: ecs }', '{ role: shop-api }'].map((consumer) =>
    load({ 'orders.yaml': application('orders', [shared]), 'shop.yaml': shop(consumer) }),
  );
  const [before, after] = sides;
  if (!before || !after) throw new Error('Two sides are loaded');
  expect(affected(before, after)).toEqual(['orders', 'shop']);
});
