import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { databaseEngines } from '../../../lib/contract/index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
const shipped = tracked.filter((file) =>
  /^(bin|lib|lambdas|cli|client|local|catalog\/schema|tools)\/.*\.(ts|js|json)$/.test(file),
);

interface Entry {
  readonly path: string;
  /** Every example is named in it. */
  readonly always: boolean;
}

interface Kind {
  readonly heading: string;
  readonly examples: readonly string[];
  readonly entries: readonly Entry[];
}

/** The sections of docs/adding.md that have a table. */
const kindsIn = (page: string): Kind[] =>
  page.split(/^## /m).flatMap((section) => {
    const entries = [...section.matchAll(/^\| `([^`]+)` +\| (always)?/gm)].map(([, path = '', always]) => ({
      path,
      always: always !== undefined,
    }));
    const examples = /^Examples?: (.+)\.$/m.exec(section)?.[1]?.split(', ') ?? [];
    return entries.length === 0
      ? []
      : [{ heading: section.split('\n')[0] ?? '', examples: examples.map((one) => one.replaceAll('`', '')), entries }];
  });

/** `<engine>`, `<destination>`, `<detection>`, `<framework>` and `<verb>` stand for one name, a folder for all below it. */
const covers = ({ path }: Entry, file: string): boolean => {
  const engines = `(${databaseEngines.join('|')})`;
  const pattern = path
    .replaceAll('.', '\\.')
    .replaceAll('<engine>', engines)
    .replaceAll(/<(verb|destination|detection|framework)>/g, '[a-z0-9.-]+');
  return new RegExp(`^${pattern}${path.endsWith('/') ? '' : '$'}`).test(file);
};

/** Examples that code spells in several ways. */
const spellings: Readonly<Record<string, RegExp>> = {
  datadog: /datadog/i,
  sentinel: /(?<![a-zA-Z])sentinel(?!s|-)|Sentinel(Settings|$)|createSentinel|resolveSentinel/,
  DatabaseTls: /\b(DatabaseTls|databaseWithoutTls)\b/,
};

/** In code: `strongroom VERB` is advice there, and not a part of the verb. */
const inCode = (heading: string, example: string): RegExp =>
  heading === 'A verb' ? new RegExp(`verbs/${example}/|'${example}'`) : anywhere(heading, example);

const anywhere = (heading: string, example: string): RegExp => {
  const word = example.replaceAll('.', '\\.');
  if (heading === 'A verb') return new RegExp(`verbs/${word}/|'${word}'|strongroom ${word}\\b`);
  return spellings[example] ?? new RegExp(`\\b${word}\\b`);
};

const printer = ts.createPrinter({ removeComments: true });
const withoutComments = (file: string, text: string): string =>
  file.endsWith('.ts') ? printer.printFile(ts.createSourceFile(file, text, ts.ScriptTarget.Latest)) : text;

/** Files that name the example in their path or in code, not in comments alone. */
const filesNaming = (pattern: RegExp): string[] =>
  shipped.filter((file) => {
    const text = read(file);
    return pattern.test(file) || (pattern.test(text) && pattern.test(withoutComments(file, text)));
  });

const kinds = kindsIn(read('docs/adding.md'));

it('the page has a section for each kind of thing', () => {
  expect(kinds.map(({ heading, examples }) => [heading, examples.length > 0])).toEqual([
    ['A database engine', true],
    ['A consumer kind', true],
    ['A class', true],
    ['An audit destination', true],
    ['A detection', true],
    ['A verb', true],
    ['A framework of evidence', true],
    ['A rule of PCI DSS', true],
    ['A rule of Strongroom', true],
  ]);
});

describe.each(kinds)('$heading', ({ heading, examples, entries }) => {
  it.each(examples)('every shipped file that names %s is on the list', (example) => {
    const naming = filesNaming(inCode(heading, example));
    expect(naming.length).toBeGreaterThan(0);
    expect(naming.filter((file) => !entries.some((entry) => covers(entry, file)))).toEqual([]);
  });

  it.each(entries)('$path exists, and names the examples', ({ path, always }) => {
    const files = tracked.filter((file) => covers({ path, always }, file));
    const named = examples.filter((example) => {
      const pattern = anywhere(heading, example);
      return files.some((file) => pattern.test(file) || pattern.test(read(file)));
    });
    if (always) expect(named).toEqual(examples);
    else expect(named).not.toEqual([]);
  });
});
