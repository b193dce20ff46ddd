/** `detections` of an environment: what is expected of people, and suppressions that end. */
import { expect, it } from 'vitest';
import { declaredAccess } from '../../../lib/access/index.ts';
import { CatalogError, loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';

/** The environment `dev`, then `prod`, with the same detections. */
const load = (detections: string) =>
  loadCatalog(
    catalogFolder({
      'organisation.yaml': organisationYaml.replaceAll(
        '    region: eu-west-1\n',
        `    region: eu-west-1\n${detections}`,
      ),
      'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`,
    }),
    { today },
  ).environments;

const suppress = (one: string): string => `    detections: { suppress: [{ ${one} }] }\n`;
const signed = "owner: team-payments, reason: a load test, until: '2027-03-31'";

it('are absent without the key, and the name of an environment says whether people read there', () => {
  const environments = load('');
  expect(environments.map(({ detections }) => detections)).toEqual([undefined, undefined]);
  expect(environments.map((one) => declaredAccess(one, []).production)).toEqual([false, true]);
});

it.each([true, false])('production: %s counts more than the name', (production) => {
  const environments = load(`    detections: { production: ${String(production)} }\n`);
  expect(environments.map((one) => declaredAccess(one, []).production)).toEqual([production, production]);
});

it('have suppressions as the function reads them', () => {
  const given = `rule: human-read, principal: 'arn:aws:iam::444455556666:role/support-*', secret: prod/payments/*, ${signed}`;
  expect(load(suppress(given))[1]?.detections).toEqual({
    suppressions: [
      {
        rule: 'human-read',
        principal: 'arn:aws:iam::444455556666:role/support-*',
        secret: 'prod/payments/*',
        owner: 'team-payments',
        reason: 'a load test',
        until: '2027-03-31',
      },
    ],
  });
});

it.each([
  ['no end', 'rule: first-read, owner: me, reason: a test', 'until is missing'],
  ['a day that has passed', `rule: first-read, ${signed.replace('2027-03-31', '2026-11-20')}`, 'must not have passed'],
  [
    'a day more than a year ahead',
    `rule: first-read, ${signed.replace('2027-03-31', '2027-11-22')}`,
    'must be within a year (got 2027-11-22); write 2027-11-21',
  ],
  ['a day that is not one', `rule: first-read, ${signed.replace('03-31', '02-30')}`, 'must be a day of the calendar'],
  ['an unknown rule', `rule: every-read, ${signed}`, 'every-read'],
  ['no rule', signed, 'rule is missing'],
  ['no owner', 'rule: first-read, reason: a test, until: 2027-03-31', 'owner is missing'],
  ['no reason', 'rule: first-read, owner: me, until: 2027-03-31', 'reason is missing'],
  ['an unknown key', `rule: first-read, forever: true, ${signed}`, 'forever'],
  ['a principal that is a name', `rule: first-read, principal: load-test, ${signed}`, 'must be the ARN of a role'],
  ['a secret with a space', `rule: first-read, secret: 'a b', ${signed}`, 'must be the name of a secret in AWS'],
])('%s is refused', (_title, given, message) => {
  const attempt = (): unknown => load(suppress(given));
  expect(attempt).toThrow(CatalogError);
  expect(attempt).toThrow(message);
});

it('today and the day a year ahead are taken', () => {
  for (const until of ['2026-11-21', '2027-11-21']) {
    expect(load(suppress(`rule: first-read, ${signed.replace('2027-03-31', until)}`))[0]?.detections).toBeDefined();
  }
});
