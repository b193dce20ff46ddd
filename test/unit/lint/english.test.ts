/** Lint of English: each entry of the list by its examples, and where prose is looked for. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): unknown => parse(readFileSync(`${root}tools/lint/${file}`, 'utf8'));
const sentence = z.string().includes(' ');
const habits = z
  .array(
    z.strictObject({
      pattern: z.string(),
      case: z.literal('exact').optional(),
      write: z.string(),
      refused: sentence,
      allowed: sentence,
    }),
  )
  .parse(read('words.yaml'));
const held = z.array(z.string()).parse(read('held.yaml'));

/** Without tests: their names and comments are checked only in folders of the list. */
const rooms = ['bench', 'bin', 'catalog', 'cli', 'client', 'docs', 'lambdas', 'lib', 'local', 'tools'];

const eslint = new ESLint({ cwd: root, overrideConfigFile: 'tools/lint/english.config.js' });

/** Messages for a text under this path, by line. */
const lint = async (filePath: string, text: string): Promise<string[]> => {
  const [result] = await eslint.lintText(text, { filePath });
  return (result?.messages ?? []).map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe.each(habits)('$pattern', ({ refused, allowed, write }) => {
  it(`refuses: ${refused}`, async () => {
    expect(await lint('lib/a.ts', `// ${refused}`)).toContainEqual(expect.stringContaining(`write ${write}, not "`));
  });

  it(`allows: ${allowed}`, async () => {
    expect(await lint('lib/a.ts', `// ${allowed}`)).toEqual([]);
  });
});

describe('the rule for words', () => {
  it('names the word, the place and what to write', async () => {
    expect(await lint('lib/a.ts', "\nthrow new Error('the key shall go');\n")).toEqual([
      '2:26 Plain English: write "must" for a rule, "will" for the future, "is intended", not "shall". The list is tools/lint/words.yaml.',
    ]);
  });

  it.each([
    ['a line comment', '// the key shall go'],
    ['a block comment', '/* the key shall go */'],
    ['a phrase over two lines of a comment', '/**\n * the key is no\n * valid one\n */'],
    ['a string', "const a = 'the key shall go';"],
    ['a template', 'const a = `${b} shall go`;'],
    ['a phrase around a value', 'const a = `${b} is no ${c}`;'],
    ['the start of a line of a string', String.raw`const a = 'x\nshall go';`],
  ])('finds %s in TypeScript', async (_what, code) => {
    expect(await lint('lib/a.ts', code)).toHaveLength(1);
  });

  it.each([
    ['a name', 'const shall = 1;'],
    ['a string of one word', "const a = 'shall';"],
    ['a regular expression', 'const a = /the key shall go/;'],
    ['code in a comment', '// the key `shall go`'],
    ['a quoted message in a comment', '// the server says "the key shall go"'],
    ['code in a template', 'const a = `the key ${shall} goes`;'],
  ])('passes %s in TypeScript', async (_what, code) => {
    expect(await lint('lib/a.ts', code)).toEqual([]);
  });

  it.each([
    ['a paragraph', 'The key shall go.'],
    ['a phrase over two lines', 'The key is no\nvalid one.'],
    ['a phrase before code', 'The key is no `uuid`.'],
    ['a heading', '# The key shall go'],
    ['a list', '- the key shall go'],
    ['a table', '| a |\n| - |\n| it shall go |'],
    ['the text of a link', '[it shall go](a.md)'],
  ])('finds %s in Markdown', async (_what, text) => {
    expect(await lint('docs/a.md', `${text}\n`)).toHaveLength(1);
  });

  it.each([
    ['code', 'The key `shall go`.'],
    ['a code block', '```\nthe key shall go\n```'],
    ['a quotation', '> the key shall go'],
    ['a quoted message', 'The server says "the key shall go".'],
    ['an address', '[it](shall-go.md)'],
  ])('passes %s in Markdown', async (_what, text) => {
    expect(await lint('docs/a.md', `${text}\n`)).toEqual([]);
  });

  it.each([
    ['a comment', 'a.yaml', 'a: 1 # it shall go'],
    ['a value', 'a.yaml', 'description: it shall go'],
    ['a folded value', 'a.yaml', 'description: >\n  it shall\n  go'],
    ['the description of a package', 'package.json', '{ "description": "it shall go" }'],
  ])('finds %s in YAML and JSON', async (_what, file, text) => {
    expect(await lint(file, `${text}\n`)).toHaveLength(1);
  });
});

describe('the rule for length', () => {
  it.each([
    ['a paragraph of more than five lines', `${'word '.repeat(130)}\n`, 'A paragraph has at most five lines'],
    ['a cell of more than two lines', `| a |\n| - |\n| ${'word '.repeat(60)} |\n`, 'A cell has at most two lines'],
  ])('refuses %s', async (_what, text, message) => {
    expect(await lint('docs/a.md', text)).toEqual([expect.stringContaining(message)]);
  });

  it('does not count the addresses of links', async () => {
    expect(await lint('docs/a.md', `| a |\n| - |\n| [a](https://example.com/${'x'.repeat(300)}) |\n`)).toEqual([]);
  });
});

describe('the list of held files', () => {
  it.each(held)('%s exists', (pattern) => {
    expect(existsSync(root + pattern.replace(/[^/]*\*.*$/, ''))).toBe(true);
  });

  it('has every folder of the project with code or guides', async () => {
    const all = new ESLint({ cwd: root });
    const files = execFileSync('git', ['ls-files', ...rooms], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter((file) => /\.(ts|js|md)$/.test(file));
    // One file per folder is enough, and reading the configuration for each would take long.
    const byFolder = [...new Map(files.map((file) => [dirname(file), file])).values()];
    const unchecked: string[] = [];
    for (const file of byFolder) {
      const config = (await all.calculateConfigForFile(file)) as { rules?: Record<string, unknown> } | undefined;
      if (config?.rules?.['english/words'] === undefined) unchecked.push(file);
    }

    expect(unchecked).toEqual([]);
  });
});
