/** TypeScript text as tokens: two texts that differ in layout, comments, quotes or trailing commas have the same ones. */
import ts from 'typescript';

export interface Token {
  /** A string literal by its value, anything else as it is written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The tokens of a text, which may be a part of an expression or statement. */
export const tokensOf = (text: string): Token[] => {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text);
  const open: ('block' | 'template')[] = [];
  const tokens: Token[] = [];
  let before: ts.SyntaxKind | undefined;
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === ts.SyntaxKind.TemplateHead) open.push('template');
    if (kind === ts.SyntaxKind.OpenBraceToken) open.push('block');
    if (kind === ts.SyntaxKind.CloseBraceToken) {
      if (open.at(-1) === 'template') kind = scanner.reScanTemplateToken(false);
      if (kind !== ts.SyntaxKind.TemplateMiddle) open.pop();
    }
    if (slashes.has(kind) && !endsOperand(before)) kind = scanner.reScanSlashToken();
    tokens.push({
      text: kind === ts.SyntaxKind.StringLiteral ? JSON.stringify(scanner.getTokenValue()) : scanner.getTokenText(),
      start: scanner.getTokenStart(),
      end: scanner.getTokenEnd(),
    });
    before = kind;
  }
  return tokens.filter(({ text: token }, index) => token !== ',' || !closing.has(tokens[index + 1]?.text ?? ''));
};

/** Where a sequence of tokens is in another, by the index of its first. */
export const indexesOf = (wanted: readonly Token[], tokens: readonly Token[]): number[] =>
  tokens.flatMap((_token, index) =>
    wanted.length > 0 && wanted.every(({ text }, offset) => text === tokens[index + offset]?.text) ? [index] : [],
  );

const closing: ReadonlySet<string> = new Set([')', ']', '}']);
const slashes: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.SlashToken, ts.SyntaxKind.SlashEqualsToken]);
const operandEnds: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.Identifier,
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.TemplateTail,
  ts.SyntaxKind.CloseParenToken,
  ts.SyntaxKind.CloseBracketToken,
  ts.SyntaxKind.CloseBraceToken,
]);

/** A slash divides what ends before it; anywhere else it begins a regular expression. */
const endsOperand = (kind: ts.SyntaxKind | undefined): boolean => kind !== undefined && operandEnds.has(kind);
