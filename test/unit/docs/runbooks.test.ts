/** The runbooks name codes that exist, commands that exist, and every page that an alarm leads to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { databaseErrorKinds } from '../../../lambdas/databases/errors.ts';
import { rotationErrorCodes } from '../../../lambdas/rotation/core/rotation-error.ts';
import { type Runbook, runbookIn } from '../../../lib/constructs/alarm.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = join(root, 'docs', 'runbooks');
const pages = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
/** Alerts of the detections lead to this page, not alarms: detections.test.ts is its test. */
const ofAlarms = pages.filter(({ name }) => name !== 'detections.md');
const codes = new Set<string>([...rotationErrorCodes, ...databaseErrorKinds.map((kind) => `database-${kind}`)]);

describe('the runbooks', () => {
  it('are those that alarms lead to', () => {
    const names: Record<Runbook, true> = {
      README: true,
      'audit-dead-letters': true,
      'audit-delayed': true,
      'audit-errors': true,
      'audit-heartbeat': true,
      'audit-incomplete': true,
      'audit-quarantine': true,
      'audit-secret-changed': true,
      'audit-trail-changed': true,
      'detections-stopped': true,
      'rotation-failed': true,
      'rotation-stuck': true,
      'rotation-overdue': true,
      'discard-failed': true,
      pagerduty: true,
    };
    expect(ofAlarms.map(({ name }) => `docs/runbooks/${name}`).sort()).toEqual(
      (Object.keys(names) as Runbook[]).map((name) => runbookIn(undefined, name)).sort(),
    );
  });

  it.each(pages.filter(({ text }) => text.includes('\n| code')))(
    '$name tells of no code that nothing gives',
    ({ text }) => {
      const table = text.slice(text.indexOf('\n| code')).split('\n\n')[0]!;
      const told = table
        .split('\n')
        .slice(3)
        .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code!));
      expect(told.length).toBeGreaterThan(5);
      expect(told.filter((code) => !codes.has(code))).toEqual([]);
    },
  );

  it.each(ofAlarms.filter(({ name }) => name !== 'README.md'))(
    '$name begins to mend with a command that changes nothing',
    ({ text }) => {
      const first = /```sh\n(.*)\n/.exec(text.slice(text.indexOf('## Do this first')))?.[1];
      expect(first).toMatch(
        /^(npx strongroom (diagnose|audit completeness)|aws (sqs get-queue-attributes|logs tail|events list-rules|cloudtrail lookup-events))/,
      );
      for (const heading of ['What you see', 'What still works', 'Prevent it']) expect(text).toContain(`## ${heading}`);
    },
  );
});
