/** One YAML file: its data, and the line and column of everything in it. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';

import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import type { Path } from '../messages/show-value.ts';

export interface YamlFile {
  /** Path for messages. */
  readonly path: string;
  /** The data of the file; `undefined` if it is not YAML. */
  readonly data: unknown;
  /** Syntax errors, repeated keys, and whatever else makes the text mean less than it seems to. */
  readonly problems: readonly CatalogProblem[];
  /** Position of the value at a path, of its key, or of the nearest existing parent. */
  readonly locate: (path: Path, part: 'key' | 'value') => Position;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Reads one YAML 1.2 document; anchors, aliases and merge keys are understood. Never throws. */
export const parseYaml = (path: string, text: string): YamlFile => {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const [document, second] = documents;
  const broken = (offset: number, code: CatalogProblemCode, message: string): YamlFile => ({
    path,
    data: undefined,
    problems: [{ code, file: path, ...position(offset), message }],
    locate: () => position(0),
  });
  if (document === undefined) return broken(0, 'file-empty', 'is empty; see docs/catalog.md for what to write');
  if (second !== undefined) {
    return broken(second.range[0], 'yaml-unclear', 'starts a second document with ---; write one document a file');
  }
  const [syntaxError, ...repeatedKeys] = syntaxFaults(document.errors);
  const unclear = [...document.warnings.map(syntaxFault), ...unclearParts(document)];
  const problems = [syntaxError, ...repeatedKeys, ...unclear]
    .filter((fault) => fault !== undefined)
    .map(({ offset, code, message }) => ({ code, file: path, ...position(offset), message }));
  const unreadable: YamlFile = { path, data: undefined, problems, locate: () => position(0) };
  if (syntaxError || unclear.some(({ fatal }) => fatal)) return unreadable;
  try {
    const data: unknown = document.toJS();
    return { path, data, problems, locate: (where, part) => position(offsetOf(document, where, part)) };
  } catch {
    // What is left are aliases: more than the parser expands, or a merge of something other than a mapping.
    return broken(
      0,
      'yaml-unclear',
      'has aliases (*) or merge keys (<<) that can’t be expanded; write their values out',
    );
  }
};

interface Fault {
  readonly offset: number;
  readonly code: CatalogProblemCode;
  readonly message: string;
  /** Whether the rest of the file can't be trusted to mean what it seems to. */
  readonly fatal: boolean;
}

/** The first error of the syntax (the others follow from it), and every repeated key. */
const syntaxFaults = (errors: readonly YAMLError[]): [Fault | undefined, ...Fault[]] => {
  const syntaxError = errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  const repeatedKeys = errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  return [syntaxError && syntaxFault(syntaxError), ...repeatedKeys.map(syntaxFault)];
};

/** What leaves the rest of the file as it seems. */
const harmless: ReadonlySet<YAMLError['code']> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'BAD_DIRECTIVE']);

/** The parser's own messages quote the text, which may be a secret: these never do. */
const syntaxFault = ({ code, pos: [offset] }: YAMLError): Fault => ({
  offset,
  code: code === 'DUPLICATE_KEY' ? 'repeated-key' : 'wrong-yaml',
  fatal: !harmless.has(code),
  message: `is not valid YAML here: ${syntaxMessages[code] ?? 'the text does not fit; check indentation, quotes and colons around it'}`,
});

const syntaxMessages: Partial<Record<YAMLError['code'], string>> = {
  BAD_DIRECTIVE: 'a directive (%) that is not known; leave it out',
  BAD_INDENT: 'the indentation does not fit the lines above; indent with two spaces a level, and close every [ and {',
  BAD_SCALAR_START: 'text can’t start with this character; put it in quotes',
  BAD_ALIAS: 'an alias (*) or anchor (&) has no proper name',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon on the line; put the text in quotes, or start a new line',
  DUPLICATE_KEY: 'this key is in the same mapping twice; keep one',
  MISSING_CHAR: 'a closing quote or bracket, a colon or a space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over more than one line; put the text in quotes, or end the line above',
  MULTIPLE_ANCHORS: 'two anchors (&) on one value; keep one',
  TAB_AS_INDENT: 'a tab; indent with spaces',
  TAG_RESOLVE_FAILED: 'a tag (!) that is not known; leave it out',
  UNEXPECTED_TOKEN: 'the text does not belong here; check indentation, quotes and colons around it',
};

/** What parses, but would not mean what it seems to. */
const unclearParts = (document: Document.Parsed): Fault[] => {
  const faults: Fault[] = [];
  const at = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) {
        faults.push({
          offset: at(alias),
          code: 'yaml-unclear',
          fatal: true,
          message: 'has an alias (*) here without its anchor (&) before it',
        });
      }
    },
    Pair: (_key, { key }) => {
      if (isCollection(key) || isAlias(key)) {
        faults.push({
          offset: at(key),
          code: 'yaml-unclear',
          fatal: true,
          message: 'has a key here that is not plain text; write KEY: VALUE',
        });
      } else if (isScalar(key) && key.value === '__proto__') {
        faults.push({
          offset: at(key),
          code: 'yaml-unclear',
          fatal: true,
          message: 'has the key __proto__ here; choose another name',
        });
      }
    },
  });
  return faults;
};

const offsetOf = (document: Document.Parsed, path: Path, part: 'key' | 'value'): number => {
  let node: unknown = document.contents;
  let key = start(document.contents) ?? 0;
  for (const [depth, step] of path.entries()) {
    const container = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(container) ? findPair(document, container, String(step)) : undefined;
    const next = pair ? pair.value : isSeq(container) ? container.items[Number(step)] : undefined;
    if (pair === undefined && next === undefined) return key;
    key = start(pair?.key) ?? start(next) ?? key;
    node = next;
    if (depth === path.length - 1 && part === 'key') return key;
  }
  return start(node) ?? key;
};

/** The pair of a key, also one that a merge key (`<<`) brings in. */
const findPair = (document: Document.Parsed, map: YAMLMap, name: string): Pair | undefined => {
  const own = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  if (own) return own;
  for (const { key, value } of map.items) {
    if (!isScalar(key) || typeof key.value !== 'symbol') continue;
    for (const source of isSeq(value) ? value.items : [value]) {
      const merged = isAlias(source) ? source.resolve(document) : source;
      const found = isMap(merged) && merged !== map ? findPair(document, merged, name) : undefined;
      if (found) return found;
    }
  }
  return undefined;
};

/** Where a node starts; an empty value has no place of its own. */
const start = (node: unknown): number | undefined => {
  if (isPair(node)) return start(node.key);
  const { range, value } = (node ?? {}) as Partial<{ range: [number, number, number] | null; value: unknown }>;
  if (!range || (value === null && range[0] === range[1])) return undefined;
  return range[0];
};
