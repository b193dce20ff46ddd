/** How long a schedule of Secrets Manager leaves a credential as it is. */
import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import type { Catalog, Secret } from '../../../lib/model/catalog.ts';
import { scheduleFor } from '../../../lib/catalog/entries/schedule.ts';
import { parseWindow, type Window } from '../../../lib/catalog/schema/window.ts';
import { longestGapDays } from '../../../lib/rules/template/longest-gap.ts';
import { PciDssChecks } from '../../../lib/rules/pci-dss/pci-dss-checks.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';

test.each([
  ['rate(30 days)', 30],
  ['rate(1 day)', 1],
  ['rate(12 hours)', 0.5],
  ['cron(0 2 * * ? *)', 1],
  ['cron(0 2 ? * SUN *)', 7],
  ['cron(0 2 ? * 1 *)', 7],
  ['cron(0 2 ? * MON-FRI *)', 3],
  ['cron(0 2 ? * SUN#1 *)', 35],
  ['cron(0 2 ? * SUNL *)', 35],
  ['cron(0 2 1 * ? *)', 31],
  ['cron(0 2 L * ? *)', 31],
  ['cron(0 2 1,16 * ? *)', 16],
  ['cron(0 2 1/10 * ? *)', 10],
  ['cron(0 2 1 1,4,7,10 ? *)', 92],
  ['cron(0 2 1 JAN,JUL ? *)', 184],
  ['cron(0 2 1 1/3 ? *)', 92],
  ['cron(0 2 1 1 ? *)', 366],
  ['cron(0 2 1,L * ? *)', 30],
  ['cron(0 2 29 2 ? *)', 1461],
  ['cron(0 2 ? * MON#1,MON#3 *)', 21],
  ['cron(0 2 31 2 ? *)', Infinity],
])('%s: %d days', (scheduleExpression, days) => {
  expect(longestGapDays({ scheduleExpression })).toBe(days);
});

test('a number of days is that number', () => {
  expect(longestGapDays({ automaticallyAfterDays: 45 })).toBe(45);
});

test.each(['at(2026-12-01T00:00:00)', 'rate(2 weeks)', 'cron(0 2 15W * ? *)', 'cron(0 2)', ''])(
  'whatever else, such as "%s", is refused',
  (scheduleExpression) => {
    expect(() => longestGapDays({ scheduleExpression })).toThrow('Not a schedule of Secrets Manager');
  },
);

test.each([
  ['weekday 8', 'cron(0 2 ? * 8 *)'],
  ['a year', 'cron(0 2 1 1 ? 2027)'],
  ['no year', 'cron(0 2 1 * ?)'],
  ['a sign that only other crons have', 'cron(0 2 1 * +MON *)'],
  // Secrets Manager may take these two; the library does not.
  ['a range over the end of the week', 'cron(0 2 ? * FRI-MON *)'],
  ['the last day of every week', 'cron(0 2 ? * L *)'],
])('%s is refused: a rule that cannot tell does not pass', (_, scheduleExpression) => {
  expect(() => longestGapDays({ scheduleExpression })).toThrow(
    'Not a schedule of Secrets Manager that this rule can read',
  );
});

describe('the schedules of the catalog', () => {
  const windows = ['Sun 02:00-04:00 UTC', '02:00-04:00 UTC']
    .map(parseWindow)
    .filter((one): one is Window => 'hours' in one);

  test.each(windows.flatMap((window) => [7, 30, 45, 90, 100, 200, 400].map((days) => ({ window, days }))))(
    'leave a credential for at most $days days in the window of $window.startHour h, weekday $window.weekday',
    ({ window, days }) => {
      const { expression } = scheduleFor(days * 24, window)!;
      const gap = longestGapDays({ scheduleExpression: expression });
      expect(gap).toBeLessThanOrEqual(days);
    },
  );
});

describe('a catalog whose databases rotate every half year', () => {
  const slowly = (secret: Secret): Secret =>
    secret.rotation.kind === 'manual'
      ? secret
      : {
          ...secret,
          rotation: { ...secret.rotation, everyHours: 180 * 24, schedule: { expression: 'rate(180 days)' } },
        };
  const catalog: Catalog = {
    ...exampleCatalog,
    environments: exampleCatalog.environments.map((environment) => ({
      ...environment,
      applications: environment.applications.map((application) => ({
        ...application,
        secrets: application.secrets.map(slowly),
      })),
    })),
  };

  test('says why on each of them, so that no finding is open', () => {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    addEnvironments(app, catalog);
    expect(new PciDssChecks(app).validateScope(app).violations).toEqual([]);
  });
});
