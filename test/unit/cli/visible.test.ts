import { describe, expect, it } from 'vitest';

import { accessPicture } from '../../../cli/verbs/access/access-picture.ts';
import { processHost } from '../../../cli/terminal/host.ts';
import { stylesOf } from '../../../cli/terminal/styles.ts';
import { table } from '../../../cli/terminal/table.ts';
import { oneLine, visible } from '../../../cli/terminal/visible.ts';
import type { AccessRow } from '../../../lib/access/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';

const hostWith = (env: Readonly<Record<string, string>> = {}, args: readonly string[] = []) => {
  let printed = '';
  const output = { write: (text: string) => (printed += text) };
  const host = processHost({ stdout: output, stderr: output, env }, args);
  return { host, printed: () => printed };
};

describe('text that is printed', () => {
  it.each([
    ['ESC', 'a\u001B[31mb', 'a\\u001b[31mb'],
    ['BEL and backspace', 'a\u0007\u0008b', 'a\\u0007\\u0008b'],
    ['a carriage return', 'allowed\rdenied', 'allowed\\u000ddenied'],
    ['NUL, DEL and the C1 control CSI', '\u0000\u007F\u009B2J', '\\u0000\\u007f\\u009b2J'],
    ['NEL', 'a\u0085b', 'a\\u0085b'],
    ['an override to the left', 'prod\u202Edorp', 'prod\\u202edorp'],
    ['all embeddings, overrides and isolates', '\u202A\u202B\u202C\u202D\u2066\u2067\u2068\u2069', null],
    ['marks of direction', '\u200E\u200F\u061C', null],
    ['characters without a width', 'a\u200B\u200C\u200D\u2060\uFEFF\u00ADb', null],
    ['separators of lines', '\u2028\u2029', null],
    ['tags, which are in pairs of units', '\u{E0041}', '\\udb40\\udc41'],
    ['fillers and variation selectors', '\u3164\u115F\uFE0F', null],
    ['a lone surrogate', 'a\uD800b', 'a\\ud800b'],
  ])('shows %s escaped', (_what, text, expected) => {
    const { host, printed } = hostWith();
    host.stdout.write(text);
    const units = (all: string): string =>
      Array.from({ length: all.length }, (_, at) => all.charCodeAt(at))
        .map((unit) =>
          unit < 0x7f && unit > 0x1f ? String.fromCharCode(unit) : `\\u${unit.toString(16).padStart(4, '0')}`,
        )
        .join('');
    expect(printed()).toBe(expected ?? units(text));
    expect(printed()).not.toMatch(/[^ -~]/);
  });

  it('keeps line ends, tabs, and letters of every script', () => {
    const text = 'one\n\ttwo: Zürich, 東京, Ελλάδα, עברית, ✔ é\n';
    expect(visible(text)).toBe(text);
  });

  it.each([
    ['::error::forged', '\\u003a:error::forged'],
    ['  ::set-output name=a::b', '  \\u003a:set-output name=a::b'],
    ['fine\n::add-mask::prod\n', 'fine\n\\u003a:add-mask::prod\n'],
    ['\u00A0::stop-commands::x', '\u00A0\\u003a:stop-commands::x'],
    ['say ##[error]forged', 'say #\\u0023[error]forged'],
    ['##vso[task.setvariable]x', '#\\u0023vso[task.setvariable]x'],
    ["##teamcity[buildStatus text='x']", "#\\u0023teamcity[buildStatus text='x']"],
    ['arn:aws:iam::111122223333:role/x', 'arn:aws:iam::111122223333:role/x'],
  ])('is no command of CI: %j', (text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it('stays JSON that says the same', () => {
    const value = { a: '\u202E\u001B\\\u200B', b: ['::error::x', '##[x]', '\u{E0041}'], c: '\n\u2028' };
    const { host, printed } = hostWith({}, ['--json']);
    host.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    expect(JSON.parse(printed())).toEqual(value);
    expect(printed()).not.toMatch(/[^\n -~]/);
  });

  it('has colours of the command, and none that come from data', () => {
    const { host, printed } = hostWith({ FORCE_COLOR: '1' });
    const { red } = stylesOf(host);
    host.stdout.write(`${red('mine')} \u001B[31mtheirs\u001B[0m \u001B[1234;1234;1234;1234;31m\n`);
    expect(printed()).toBe('\u001B[31mmine\u001B[39m \\u001b[31mtheirs\\u001b[0m \\u001b[1234;1234;1234;1234;31m\n');
  });

  it.each([[{ NO_COLOR: '1', FORCE_COLOR: '1' }], [{ TERM: 'dumb', FORCE_COLOR: '1' }], [{}]])(
    'has no colours with %j',
    (env) => {
      const { host, printed } = hostWith(env);
      host.stdout.write(stylesOf(host).red('plain'));
      expect(printed()).toBe('plain');
    },
  );
});

describe('a picture', () => {
  it('shows in words what has no sign of its own', () => {
    const row: AccessRow = {
      environment: 'prod',
      application: 'payments',
      secret: 'legacy/\u202Enekot\u001B',
      class: 'generic',
      who: 'consumer api',
      kind: 'ecs',
      may: ['read'],
      role: 'arn:aws:iam::111122223333:role/api',
      through: '',
    };
    const svg = accessPicture([row]);
    expect(svg).toContain('legacy/\\u202enekot\\u001b');
    expect(svg).not.toMatch(/[^\n -~]/);
  });
});

describe('a description in the catalog', () => {
  it.each(['pay\u202Eroll', 'a\u200Bb', 'a\u001B[31mb', 'a\rb', 'a\u2028b'])('is refused as %j', (description) => {
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': `${paymentsHead}${ordersDb}    value: supplied\n    description: ${JSON.stringify(description)}\n`,
    });
    expect(() => loadCatalog(folder, { today })).toThrow(/description must have no control character/);
  });
});

describe('a cell', () => {
  it('is one line, whatever is in it', () => {
    const { host } = hostWith();
    const rows = [
      ['a\nprod/forged  allowed', 'b\tc'],
      ['d', 'e'],
    ];
    expect(table(host, ['NAME', 'MAY'], rows).split('\n')).toHaveLength(3);
    expect(oneLine('a\nb\tc\r')).toBe('a\\u000ab\\u0009c\\u000d');
  });

  it('has the width that it has on a terminal', () => {
    const { host } = hostWith();
    expect(table(host, ['NAME', 'MAY'], [['東京', 'read']])).toBe('NAME  MAY\n東京  read');
  });
});
