import { describe, expect, it } from 'vitest';

import { organisationYaml, problemsOf } from '../../_helpers/catalog-folder.ts';

const organisation = (byTag: 'auto' | 'never'): string =>
  organisationYaml.replace('    region: eu-west-1\n', `    region: eu-west-1\n    fences: { byTag: ${byTag} }\n`);

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `a-secret-with-a-rather-long-name-${index}`);

/** For `dev` alone. */
const payments = (consumers: Record<string, string>, secrets: readonly string[]): string =>
  [
    'application: payments',
    'owner: team-payments',
    'contact: oncall',
    'environments: [dev]',
    'consumers:',
    ...Object.entries(consumers).map(([name, consumer]) => `  ${name}: ${consumer}`),
    'secrets:',
    ...secrets.map((name) => `  ${name}: { class: signing-key, readers: [${Object.keys(consumers).join(', ')}] }`),
    '',
  ].join('\n');

const problems = (byTag: 'auto' | 'never', consumers: Record<string, string>, secrets: number): string[] =>
  problemsOf({ 'organisation.yaml': organisation(byTag), 'payments.yaml': payments(consumers, names(secrets)) });

describe('the sizes of policies', () => {
  it('take 260 secrets where the role reads by tags', () => {
    expect(problems('auto', { api: '{ runsOn: ecs }' }, 260)).toEqual([]);
  });

  it('take some ARNs with byTag: never, and refuse what passes ten policies', () => {
    expect(problems('never', { api: '{ runsOn: ecs }' }, 60)).toEqual([]);
    expect(problems('never', { api: '{ runsOn: ecs }' }, 260)).toEqual([
      'payments.yaml:6:3 consumers.api reads 260 secrets in dev, more ARNs than its 10 policies hold of 6,144 characters; ' +
        'write byTag: auto in fences of environments.dev of organisation.yaml, or split it in two',
    ]);
  });

  it.each([
    { name: 'a role that exists', consumer: '{ role: report }', count: 260, hold: 'its 10 policies hold of 6,144' },
    { name: 'a permission set', consumer: '{ permissionSet: Support }', count: 60, hold: 'its policy holds of 9,600' },
  ])('refuse what passes those of $name, which has no tags of ours', ({ consumer, count, hold }) => {
    expect(problems('auto', { report: consumer }, count)).toEqual([
      `payments.yaml:6:3 consumers.report reads ${count} secrets in dev, more ARNs than ${hold} characters; ` +
        'let Strongroom make its role with runsOn, which reads by tags, or split it in two',
    ]);
  });

  it('refuse readers by tags whose names do not fit into a tag, and take them by ARN', () => {
    const consumers = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [`settlement-and-reconciliation-of-the-day-${index}`, '{ runsOn: ecs }']),
    );
    const [first, ...others] = problems('auto', consumers, 40);
    expect(first).toBe(
      'payments.yaml:13:70 secrets.a-secret-with-a-rather-long-name-0.readers have names of 259 characters in the tag by ' +
        'which they read it, and a tag has 256; write fewer readers, or shorter names',
    );
    expect(others).toHaveLength(39);
    expect(problems('auto', consumers, 5)).toEqual([]);
  });
});
