/** What the project tells people to do: the literals of its code, and the commands in its documentation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface PrintedText {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
  /** What is read together with it: the whole message, or the section of the page. */
  readonly around: string;
}

const root = join(import.meta.dirname, '../..');

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();

/** Substitutions stand as `${}`; strings that are joined by `+` are one text. */
export const literalsOf = (file: string, code: string): readonly PrintedText[] => {
  const found: PrintedText[] = [];
  const visit = (node: ts.Node): void => {
    const text = isStatement(node) ? undefined : textOf(node);
    if (text === undefined) ts.forEachChild(node, visit);
    else found.push({ file, text: text.replace(/\s+/g, ' ').trim(), around: text.replace(/\s+/g, ' ') });
  };
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true));
  return found;
};

export const printedLiterals = (): readonly PrintedText[] =>
  ['lambdas', 'lib', 'cli', 'local', 'client']
    .flatMap((folder) => filesIn(folder, '.ts'))
    .flatMap((file) => literalsOf(file, readFileSync(join(root, file), 'utf8')));

const textOf = (node: ts.Node): string | undefined => {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce((text, { literal }) => `${text}\${}${literal.text}`, node.head.text);
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? '${}'}${right ?? '${}'}`;
};

const isStatement = (node: ts.Node): boolean => ts.isImportDeclaration(node) || ts.isExportDeclaration(node);

/** Lines of shell and SQL blocks, and code within sentences. */
export const commandsOf = (file: string, page: string): readonly PrintedText[] =>
  sectionsOf(page).flatMap((lines) => {
    const around = lines.map(({ line }) => line).join('\n');
    return lines.flatMap(({ line, fence }) => {
      if (fence === undefined) {
        return [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => ({ file, text: code, around }));
      }
      return ['', 'sh', 'bash', 'shell', 'console', 'sql'].includes(fence) ? [{ file, text: line.trim(), around }] : [];
    });
  });

interface Line {
  readonly line: string;
  /** The language of the block that the line stands in. */
  readonly fence: string | undefined;
}

/** A comment of a shell looks like a heading. */
const sectionsOf = (page: string): readonly (readonly Line[])[] => {
  const sections: Line[][] = [[]];
  let fence: string | undefined;
  for (const line of page.split('\n')) {
    const mark = /^\s*```(\w*)/.exec(line)?.[1];
    if (mark !== undefined) {
      fence = fence === undefined ? mark : undefined;
      continue;
    }
    if (fence === undefined && /^#{1,6} /.test(line)) sections.push([]);
    sections.at(-1)?.push({ line, fence });
  }
  return sections;
};

/** Decisions and what was verified are records: they advise nothing. */
const isGuide = (file: string): boolean => !/^docs\/(?:decisions\/|verification(?:\.md|\/))/.test(file);

export const documentedCommands = (): readonly PrintedText[] =>
  ['README.md', 'local/README.md', ...filesIn('docs', '.md')]
    .filter(isGuide)
    .flatMap((file) => commandsOf(file, readFileSync(join(root, file), 'utf8')));
