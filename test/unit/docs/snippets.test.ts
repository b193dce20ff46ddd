import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

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

/** Compiles every snippet as a module of its own, with the package's names leading to its sources. */
const compile = (): Map<string, string[]> => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      noUnusedLocals: false,
      paths: { strongroom: ['./lib/index.ts'], 'strongroom/client': ['./client/index.ts'] },
    },
    root,
  );
  const files = new Map(snippets.map(({ file, code }) => [file, code]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (file) => files.get(file) ?? disk.readFile(file),
    fileExists: (file) => files.has(file) || disk.fileExists(file),
    getSourceFile: (file, target, ...rest) => {
      const code = files.get(file);
      return code === undefined
        ? disk.getSourceFile(file, target, ...rest)
        : ts.createSourceFile(file, code, target, true);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const messages = new Map<string, string[]>(snippets.map(({ place }) => [place, []]));
  for (const { file, place } of snippets) {
    const source = program.getSourceFile(file);
    for (const { messageText } of ts.getPreEmitDiagnostics(program, source)) {
      messages.get(place)!.push(ts.flattenDiagnosticMessageText(messageText, '\n'));
    }
  }
  return messages;
};

describe('the snippets of the documentation', () => {
  it('exist', () => {
    expect(snippets.map(({ place }) => place)).toContainEqual(expect.stringMatching(/^README\.md:/));
  });

  it('compile', { timeout: 120_000 }, () => {
    const broken = [...compile()].filter(([, messages]) => messages.length > 0);
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
