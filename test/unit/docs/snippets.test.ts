import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { strongroom } from '../../_helpers/captured-host.ts';
import { compile } from '../../_helpers/compile.ts';

interface Snippet {
  /** `docs/client.md:12`. */
  readonly place: string;
  /** Where it stands as a module: beside its page, so that relative imports mean what they mean there. */
  readonly file: string;
  readonly code: string;
}

const root = path.resolve(import.meta.dirname, '../../..');
const pages = [
  'README.md',
  'local/README.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

const snippetsOf = (page: string): Snippet[] => {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match, index) => ({
    file: path.join(root, `${page}.${index}.ts`),
    place: `${page}:${text.slice(0, match.index).split('\n').length}`,
    code: match[1]!,
  }));
};

const snippets = pages.flatMap(snippetsOf);

/** What the README has the reader generate. */
const generated = async (): Promise<[file: string, code: string][]> => {
  const out = mkdtempSync(path.join(tmpdir(), 'generated-'));
  const { exitCode } = await strongroom(['generate', '--catalog', path.join(root, 'catalog'), '--out', out]);
  expect(exitCode).toBe(0);
  return readdirSync(out).map((file) => [
    path.join(root, 'strongroom', file),
    readFileSync(path.join(out, file), 'utf8'),
  ]);
};

describe('the snippets of the documentation', () => {
  it('exist', () => {
    expect(snippets.map(({ place }) => place)).toContainEqual(expect.stringMatching(/^README\.md:/));
  });

  it('compile', async () => {
    const messages = compile(
      new Map([...snippets.map(({ file, code }) => [file, code] as const), ...(await generated())]),
    );
    const broken = snippets.map(({ place, file }) => [place, messages.get(file)]).filter(([, found]) => found?.length);
    expect(Object.fromEntries(broken)).toEqual({});
  });
});

describe('the first example of the README', () => {
  const [first] = snippets.filter(({ place }) => place.startsWith('README.md:'));
  const file = path.join(root, 'first.ts');
  const errorsOf = async (code: string): Promise<string[]> =>
    compile(new Map([[file, code], ...(await generated())])).get(file) ?? [];

  it('reads under the types that the command generates from the catalog', async () => {
    expect(first?.code).toContain("from './strongroom/payments.ts'");
    expect(await errorsOf(first?.code ?? '')).toEqual([]);
  });

  it.each([
    ['another consumer’s secret', "'orders-view'"],
    ['a misspelt one', "'order-db'"],
  ])('does not compile with %s', async (_, name) => {
    const wrong = first?.code.replace("'orders-db'", name) ?? '';
    expect(await errorsOf(wrong)).toContainEqual(expect.stringContaining(`Argument of type '"${name.slice(1, -1)}"'`));
  });
});

describe('the links of the documentation', () => {
  it.each(pages)('%s leads to files that exist', (page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map((match) => match[1]!);
    const missing = targets.filter((target) => !ts.sys.fileExists(path.join(root, path.dirname(page), target)));
    const folders = missing.filter((target) => !ts.sys.directoryExists(path.join(root, path.dirname(page), target)));
    expect(folders).toEqual([]);
  });
});
