/** Changes of source code that are anchored by the name of a declaration: they survive a move and a reformatting. */
import ts from 'typescript';
import { indexesOf, tokensOf } from './source-tokens.ts';

/** One change in the body of one declaration. */
export type SymbolEdit = { readonly in: string } & (
  { readonly remove: string } | { readonly replace: string; readonly by: string }
);

/** Text of source files by path. */
export type Sources = ReadonlyMap<string, string>;

/**
 * The files that the edits change, with the edits made one after the other.
 *
 * `in` names a function, class or constant at the top level of any file: `writeStatements`. Further names after a dot
 * lead to a member or an inner declaration: `EncryptionKey.constructor`, `singleUser.set`. If several declarations have
 * the name, the text decides between them.
 *
 * @param what - for messages: `The fault promote-before-test`
 * @throws Error unless the declarations of that name have the text exactly once in all
 */
export const applySymbolEdits = (what: string, edits: readonly SymbolEdit[], sources: Sources): Map<string, string> => {
  const changed = new Map<string, string>();
  for (const edit of edits) {
    const place = placeFor(what, edit, new Map([...sources, ...changed]));
    changed.set(place.path, editedAt(place, edit));
  }
  return changed;
};

interface Declared {
  readonly path: string;
  readonly text: string;
  readonly file: ts.SourceFile;
  readonly node: ts.Node;
}

interface Place extends Declared {
  readonly start: number;
  readonly end: number;
}

const placeFor = (what: string, edit: SymbolEdit, sources: Sources): Place => {
  const declared = declarationsOf(edit.in, sources);
  if (declared.length === 0) {
    throw new Error(
      `${what}: no function, class, constant or member is named ${edit.in}; if it was renamed, write its new name in the fault`,
    );
  }
  const text = 'remove' in edit ? edit.remove : edit.replace;
  const [place, ...others] = declared.flatMap((one) => placesOf(text, one));
  const where = declared.map(lineOf).sort().join(' and ');
  if (!place) {
    throw new Error(
      `${what}: ${edit.in} (${where}) does not have ${JSON.stringify(text)}; if its code was changed, change the text in the fault`,
    );
  }
  if (others.length > 0) {
    throw new Error(
      `${what}: ${edit.in} (${where}) has ${JSON.stringify(text)} ${others.length + 1} times; write more of the code around it in the fault`,
    );
  }
  return place;
};

const declarationsOf = (symbol: string, sources: Sources): Declared[] => {
  const [top = '', ...inner] = symbol.split('.');
  return inner.reduce(
    (known, name) => known.flatMap((parent) => declarationsBelow(parent, name)),
    topLevel(top, sources),
  );
};

const topLevel = (name: string, sources: Sources): Declared[] =>
  [...sources].flatMap(([path, text]) => {
    // Parsing takes a hundred times as long as looking for the name.
    if (!text.includes(name)) return [];
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
    const declared = file.statements.flatMap((statement): readonly ts.Node[] =>
      ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement],
    );
    return declared.filter((node) => isDeclaration(node, name)).map((node) => ({ path, text, file, node }));
  });

const declarationsBelow = (parent: Declared, name: string): Declared[] => {
  const found: Declared[] = [];
  const visit = (node: ts.Node): void => {
    if (isDeclaration(node, name)) found.push({ ...parent, node });
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(parent.node, visit);
  return found;
};

/** A type has nothing that runs, and an overload has no body. */
const isDeclaration = (node: ts.Node, name: string): boolean => {
  if (ts.isConstructorDeclaration(node)) return name === 'constructor' && node.body !== undefined;
  if (ts.isFunctionLike(node) && !('body' in node && node.body !== undefined)) return false;
  return (
    (ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isAccessor(node) ||
      ts.isVariableDeclaration(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isPropertyAssignment(node)) &&
    node.name !== undefined &&
    (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name) || ts.isStringLiteral(node.name)) &&
    node.name.text === name
  );
};

const placesOf = (wantedText: string, declared: Declared): Place[] => {
  const offset = declared.node.getStart(declared.file);
  const tokens = tokensOf(declared.text.slice(offset, declared.node.end));
  const wanted = tokensOf(wantedText);
  return indexesOf(wanted, tokens).map((index) => ({
    ...declared,
    start: offset + (tokens[index]?.start ?? 0),
    end: offset + (tokens[index + wanted.length - 1]?.end ?? 0),
  }));
};

/** What is removed from a list leaves no comma behind. */
const editedAt = ({ text, start, end }: Place, edit: SymbolEdit): string => {
  const rest = text.slice(end);
  return text.slice(0, start) + ('remove' in edit ? rest.replace(/^\s*,/, '') : edit.by + rest);
};

const lineOf = ({ path, file, node }: Declared): string =>
  `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
