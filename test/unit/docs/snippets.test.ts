import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
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

describe('the snippets of the documentation', () => {
  it('exist', () => {
    expect(snippets.map(({ place }) => place)).toContainEqual(expect.stringMatching(/^README\.md:/));
  });

  it('compile', { timeout: 120_000 }, () => {
    const messages = compile(new Map(snippets.map(({ file, code }) => [file, code])));
    const broken = snippets.map(({ place, file }) => [place, messages.get(file)]).filter(([, found]) => found?.length);
    expect(Object.fromEntries(broken)).toEqual({});
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
