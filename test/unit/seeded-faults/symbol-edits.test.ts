import { describe, expect, it } from 'vitest';
import { applySymbolEdits, type SymbolEdit } from '../../_helpers/symbol-edits.ts';
import { filesWith, readSeededFaults } from '../../_helpers/seeded-faults.ts';

const policy = `
import { read } from './read.ts';

/** What readers may do: deny('All', read). */
export const statements = (readers: string[]): string[] => [
  deny('Read', read, [...readers, 'admin']),
  deny('Write', ['put']), // deny('Read', read)
];

const other = (readers: string[]): string[] => [deny('Write', ['put'])];

export class Key {
  constructor(scope: string);
  constructor(scope: string, id?: string) {
    this.actions = [scope === 'x' ? 'decrypt' : 'encrypt', 'sign'];
  }
  readonly #name = \`alias/\${this.id}/\${statements([\`\${'}'}\`]).length}\`;
  get pattern() {
    return /deny\\('Write'\\)/;
  }
}
`;

const edit: SymbolEdit = { in: 'statements', remove: "deny('Write', ['put'])" };
const apply = (edits: readonly SymbolEdit[], files: Record<string, string> = { 'lib/policy.ts': policy }) =>
  Object.fromEntries(applySymbolEdits('The fault forgotten-deny', edits, new Map(Object.entries(files))));

describe('a fault anchored by a symbol', () => {
  it('is put into the declaration of that name only, and leaves comments alone', () => {
    const { 'lib/policy.ts': text } = apply([edit]);

    expect(text).toBe(policy.replace("\n  deny('Write', ['put']), //", '\n   //'));
  });

  it('is found after its file was moved', () => {
    const moved = apply([edit], { 'lib/a/b/statements.ts': policy, 'lib/policy.ts': 'export const unused = 1;' });

    expect(Object.keys(moved)).toEqual(['lib/a/b/statements.ts']);
  });

  it.each([
    ['other quotes, spaces and line breaks', `deny( "Write",\n    [\n 'put' ]\n )`],
    ['trailing commas', `deny('Write', ['put',],)`],
    ['comments', `deny('Write', /* as before */ ['put'])`],
  ])('is found after a reformatting: %s', (_what, written) => {
    const reformatted = policy.replace("deny('Write', ['put']), //", `${written}, //`);

    expect(apply([edit], { 'lib/policy.ts': reformatted })['lib/policy.ts']).not.toContain('as before');
    expect(apply([edit], { 'lib/policy.ts': reformatted })['lib/policy.ts']).toContain(
      "[...readers, 'admin']),\n   //",
    );
  });

  it('replaces one text by another', () => {
    const { 'lib/policy.ts': text } = apply([{ in: 'statements', replace: '[...readers, "admin"]', by: 'readers' }]);

    expect(text).toBe(policy.replace("[...readers, 'admin']", 'readers'));
  });

  it.each<[string, SymbolEdit, string]>([
    [
      'a constructor',
      { in: 'Key.constructor', replace: "'encrypt'", by: "'all'" },
      "scope === 'x' ? 'decrypt' : 'all'",
    ],
    ['a private member', { in: 'Key.name', replace: 'this.id', by: '1' }, ''],
    ['a private member by its own name', { in: 'Key.#name', replace: '[`${"}"}`]', by: '[]' }, 'statements([])'],
    ['an accessor', { in: 'Key.pattern', replace: "/deny\\('Write'\\)/", by: '/x/' }, 'return /x/;'],
  ])('reaches %s', (_what, change, expected) => {
    if (expected === '') expect(() => apply([change])).toThrow('is named Key.name');
    else expect(apply([change])['lib/policy.ts']).toContain(expected);
  });

  it('makes several changes, also in one file', () => {
    const { 'lib/policy.ts': text } = apply([edit, { in: 'other', replace: "['put']", by: "['all']" }]);

    expect(text).toContain("deny('Write', ['all'])");
    expect(text).not.toContain("deny('Write', ['put'])");
  });

  it('names the fault and the symbol if the symbol was renamed', () => {
    expect(() => apply([edit], { 'lib/policy.ts': policy.replaceAll('statements', 'denials') })).toThrow(
      'The fault forgotten-deny: no function, class, constant or member is named statements; if it was renamed, write its new name in the fault',
    );
  });

  it('does not take a type, a parameter or an overload for the declaration', () => {
    const types =
      'export interface statements { deny(): void }\nexport function statements2(statements: string): void;';

    expect(() => apply([edit], { 'lib/types.ts': types })).toThrow('is named statements;');
  });

  it('names the declaration if its code was changed', () => {
    expect(() => apply([{ in: 'statements', remove: 'deny("Tag")' }])).toThrow(
      'The fault forgotten-deny: statements (lib/policy.ts:5) does not have "deny(\\"Tag\\")"; if its code was changed, change the text in the fault',
    );
  });

  it('refuses two places in one declaration', () => {
    expect(() => apply([{ in: 'statements', remove: 'deny' }])).toThrow(
      'The fault forgotten-deny: statements (lib/policy.ts:5) has "deny" 2 times; write more of the code around it in the fault',
    );
  });

  it('refuses two declarations that both have the text, and takes the one that alone has it', () => {
    const copy = "const statements = [deny('Write', ['put'])];";

    expect(() => apply([edit], { 'lib/copy.ts': copy, 'lib/policy.ts': policy })).toThrow(
      "statements (lib/copy.ts:1 and lib/policy.ts:5) has \"deny('Write', ['put'])\" 2 times",
    );
    expect(Object.keys(apply([edit], { 'lib/copy.ts': 'const statements = [];', 'lib/policy.ts': policy }))).toEqual([
      'lib/policy.ts',
    ]);
  });
});

describe.each(['test/infra/access/matrix/widenings', 'test/simulation/faults'])('every fault of %s', (folder) => {
  it.each(readSeededFaults(folder))('$name fits the sources', (fault) => {
    expect(filesWith(fault).size).toBeGreaterThan(0);
  });
});
