import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogJsonSchemas } from '../../../lib/catalog/json-schema.ts';
import { scheduleFor } from '../../../lib/catalog/entries/schedule.ts';
import { classFacts, databaseEngines, engineFacts, secretClasses } from '../../../lib/contract/index.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, today } from '../../_helpers/catalog-folder.ts';

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
const catalogPage = page('catalog.md');

/** The YAML blocks of the page by their first line, which says which file they are, or where they belong. */
const blocks = [...catalogPage.matchAll(/^```yaml\n# (.*)\n([^]*?)^```$/gm)].map(([, title, text]) => ({
  title: title!,
  text: text!,
}));
const whole = (title: string): string => blocks.find((block) => block.title === title)!.text;
const parts = blocks.filter(({ title }) => title.startsWith('under '));

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));

describe('docs/catalog.md', () => {
  it('has no YAML that is not loaded here', () => {
    expect(blocks.length).toBe([...catalogPage.matchAll(/^```yaml$/gm)].length);
    expect(blocks.map(({ title }) => title)).toEqual([
      'organisation.yaml',
      'detections of organisation.yaml',
      'siem of organisation.yaml',
      'contacts of organisation.yaml',
      'payments.yaml',
      'under consumers of payments.yaml',
      'under secrets of payments.yaml',
      'under secrets of payments.yaml',
      'under secrets of payments.yaml',
      'under overrides of payments.yaml',
      'under overrides of payments.yaml',
      'networks of organisation.yaml',
      'a secret of payments.yaml in another network',
      'under secrets of payments.yaml',
      'under secrets of payments.yaml',
      'under secrets of payments.yaml',
      'under overrides of payments.yaml',
      'under secrets of payments.yaml',
      'under secrets of payments.yaml',
      'under secrets of payments.yaml',
    ]);
  });

  it('shows a catalog that loads', () => {
    const files = { 'organisation.yaml': whole('organisation.yaml'), 'payments.yaml': whole('payments.yaml') };
    const [, prod] = loadCatalog(catalogFolder(files), { today }).environments;
    expect(prod!.applications[0]!.secrets[0]).toMatchObject({
      sensitivity: 'high',
      rotation: { schedule: { expression: expect.stringMatching(/^cron\(0 [23] \* \* \? \*\)$/) as string } },
    });
  });

  it('shows destinations of audit events that load', () => {
    const organisation = whole('organisation.yaml').replace(/^siem: .*\n/m, () => whole('siem of organisation.yaml'));
    const files = { 'organisation.yaml': organisation, 'payments.yaml': whole('payments.yaml') };
    const [, prod] = loadCatalog(catalogFolder(files), { today }).environments;
    expect(prod!.destinations.map(({ name, view }) => [name, view])).toEqual([
      ['splunk', 'ocsf'],
      ['search', 'ecs'],
    ]);
  });

  it('shows detections that load', () => {
    const detections = whole('detections of organisation.yaml').replace(/^(?=.)/gm, '    ');
    const organisation = whole('organisation.yaml').replace(/^ {2}prod:\n/m, (line) => `${line}${detections}`);
    const files = { 'organisation.yaml': organisation, 'payments.yaml': whole('payments.yaml') };
    const prod = loadCatalog(catalogFolder(files), { today }).environments.find(({ name }) => name === 'prod');
    expect(prod?.detections?.suppressions.map(({ rule, until }) => [rule, until])).toEqual([
      ['first-read', '2027-01-31'],
    ]);
  });

  it('shows contacts that load', () => {
    const contacts = whole('contacts of organisation.yaml').replace(/^(?=.)/gm, '  ');
    const organisation = whole('organisation.yaml')
      .replace(/^ {2}payments-oncall: .*\n/m, '')
      .replace(/^contacts:\n/m, (line) => line + contacts);
    const files = { 'organisation.yaml': organisation, 'payments.yaml': whole('payments.yaml') };
    const [, prod] = loadCatalog(catalogFolder(files), { today }).environments;
    expect(prod!.applications[0]!.contact).toMatchObject({
      name: 'payments-oncall',
      email: [expect.any(String), expect.any(String)],
    });
  });

  it('shows networks that load, and a secret in one of them', () => {
    const networks = whole('networks of organisation.yaml').replace(/^(?=.)/gm, '    ');
    const organisation = whole('organisation.yaml').replace(/^ {4}network:\n( {6}.*\n)+/m, networks);
    const secret = whole('a secret of payments.yaml in another network').replace(/^(?=.)/gm, '  ');
    const payments = whole('payments.yaml')
      .replace(/^contact: .*\n/m, (line) => `${line}environments: [prod]\n`)
      .replace(/^secrets:\n/m, (line) => line + secret);
    const files = { 'organisation.yaml': organisation, 'payments.yaml': payments };
    const [, prod] = loadCatalog(catalogFolder(files), { today }).environments;
    expect(prod!.networks!.map(({ name }) => name)).toEqual(['data', 'public']);
    expect(prod!.applications[0]!.secrets[0]!.rotation).toMatchObject({ network: 'data' });
  });

  it.each(parts)('shows parts of a catalog that load, $title: $text', ({ title, text }) => {
    const [, key] = /^under (\w+) of payments\.yaml$/.exec(title)!;
    const head = new RegExp(`^${key}:\n`, 'm');
    expect(whole('payments.yaml')).toMatch(head);
    const payments = whole('payments.yaml').replace(head, (line) => line + text.replace(/^(?=.)/gm, '  '));
    const files = { 'organisation.yaml': whole('organisation.yaml'), 'payments.yaml': payments };
    const [dev] = loadCatalog(catalogFolder(files), { today }).environments;
    const { consumers, secrets, iamDatabases = [] } = dev!.applications[0]!;
    const names = [...consumers, ...secrets, ...iamDatabases].map(({ name }) => name);
    const written = parse(text) as Record<string, { secrets: object }>;
    expect(names).toEqual(expect.arrayContaining(Object.keys(key === 'overrides' ? written['dev']!.secrets : written)));
  });

  it('has every key of the schemas', () => {
    const keys = new Set<string>();
    const walk = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: object };
      for (const key of Object.keys(properties ?? {})) keys.add(key);
      for (const inner of Object.values(schema)) walk(inner);
    };
    walk(catalogJsonSchemas());
    expect(keys.size).toBeGreaterThan(30);
    expect([...keys].filter((key) => !new RegExp(`\`[^\`]*\\b${key}\\b[^\`]*\``).test(catalogPage))).toEqual([]);
  });

  it('has the defaults of every class', () => {
    const table = catalogPage
      .slice(catalogPage.indexOf('## Classes'), catalogPage.indexOf('## Schedules'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(table.map(cellsOf)).toEqual(
      secretClasses.map((name) => {
        const { sensitivity, value, every, window, grace } = classFacts[name];
        return [name, sensitivity, value, every ?? '-', window, grace ?? '-'];
      }),
    );
  });

  it('shows what each engine can do', () => {
    const table = catalogPage
      .slice(catalogPage.indexOf('## Strategies'), catalogPage.indexOf('## Classes'))
      .split('\n')
      .map(cellsOf)
      .filter(([engine]) => databaseEngines.some((name) => name === engine));
    const word = (has: boolean): string => (has ? 'yes' : '-');
    expect(table).toEqual(
      databaseEngines.map((engine) => {
        const { strategies, usersChangedBy, onRds, onRdsCluster, provisions } = engineFacts[engine];
        const single = { user: 'yes', admin: 'with an admin', 'function-role': 'without an admin' }[usersChangedBy];
        const others = (['alternating-users', 'dual-password', 'admin'] as const).map((one) =>
          strategies.includes(one),
        );
        return [engine, single, ...[...others, onRds, onRdsCluster, provisions].map(word)];
      }),
    );
  });

  it('shows the schedules that are made', () => {
    const table = catalogPage
      .slice(catalogPage.indexOf('## Schedules'))
      .split('\n')
      .filter((line) => /^\| \d+d/.test(line));
    const rows = table.map(cellsOf);
    expect(rows).toHaveLength(6);
    const window = { startHour: 2, hours: 2 };
    const check = (every: string, expression: string, weekday?: string): void => {
      const at = (days: number) =>
        scheduleFor(days * 24, { ...window, ...(weekday !== undefined && { weekday }) })?.expression;
      expect(at(Number.parseInt(every, 10))).toBe(expression);
      expect(at(Number.parseInt(every, 10) - 1)).not.toBe(expression);
    };
    for (const [anyDay, expression, onWeekday, weekdayExpression] of rows) {
      check(anyDay!, expression!);
      if (onWeekday !== '') check(onWeekday!, weekdayExpression!, 'SUN');
    }
  });
});

describe('docs/commands.md', () => {
  const commands = [...page('commands.md').matchAll(/^npx strongroom (.*)$/gm)].map(([, command]) =>
    command!.split(' '),
  );

  const alone = ['validate', 'access'];
  /** A verb of two words has its options in the help of both. */
  const nameOf = ([verb, second]: readonly string[]): string =>
    ['alert', 'audit'].includes(verb!) ? `${verb} ${second}` : verb!;
  const verbs = [...new Set(commands.map(nameOf))];

  /** Another catalog, AWS, a file that is written, and a history that a clone may not have; their own tests run these. */
  const surroundings = ['../secrets/catalog', '--iam', '--svg', '--diff'];

  it.each(
    commands.filter(([verb, ...args]) => alone.includes(verb!) && !args.some((one) => surroundings.includes(one))),
  )('shows a command that works: %s %s', async (...args) => {
    expect((await strongroom(args.filter((arg) => typeof arg === 'string'))).exitCode).toBe(0);
  });

  it.each(verbs)('has every option of %s, and shows none that it does not have', async (verb) => {
    const { exitCode, stdout } = await strongroom([...verb.split(' '), '--help']);
    expect(exitCode).toBe(0);
    const options = [...stdout.matchAll(/--[a-z-]+/g)].map(([option]) => option);
    expect(options.length).toBeGreaterThan(3);
    expect(options.filter((option) => !page('commands.md').includes(option))).toEqual([]);
    const shown = commands
      .filter((args) => nameOf(args) === verb)
      .flatMap((args) => args.filter((arg) => arg.startsWith('--')));
    expect(shown.filter((option) => !options.includes(option))).toEqual([]);
  });
});
