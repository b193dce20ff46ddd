import { describe, expect, it } from 'vitest';

import { parseYaml } from '../../../lib/catalog/source/yaml-file.ts';
import { marked, ordersDb, organisationYaml, paymentsHead, problemsOf } from '../../_helpers/catalog-folder.ts';

const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;

describe('text that is not YAML is refused', () => {
  it.each([
    [
      'a quote that is not closed',
      "owner: 'team\n‸",
      'is not valid YAML here: a closing quote or bracket, a colon or a space is missing',
    ],
    ['a tab', 'owner:\n‸\tname: x', 'is not valid YAML here: a tab; indent with spaces'],
    [
      'a second colon',
      'owner: ‸team: payments',
      'is not valid YAML here: a second colon on the line; put the text in quotes, or start a new line',
    ],
    [
      'a reserved character',
      'owner: ‸@team',
      'is not valid YAML here: text can’t start with this character; put it in quotes',
    ],
    [
      'a list that is not closed',
      'readers: [api,‸',
      'is not valid YAML here: the indentation does not fit the lines above; indent with two spaces a level, and close every [ and {',
    ],
    [
      'a repeated key',
      'owner: a\n‸owner: b',
      'is not valid YAML here: this key is in the same mapping twice; keep one',
    ],
    ['a second document', 'owner: a\n‸---\nowner: b', 'starts a second document with ---; write one document a file'],
    ['no text', '‸', 'is empty; see docs/catalog.md for what to write'],
    ['comments alone', '‸# nothing yet', 'is empty; see docs/catalog.md for what to write'],
    ['an alias without its anchor', 'owner: ‸*team', 'has an alias (*) here without its anchor (&) before it'],
    ['an unknown tag', 'owner: ‸!vault x', 'is not valid YAML here: a tag (!) that is not known; leave it out'],
    [
      'an unknown directive',
      '‸%VAULT x\n---\nowner: x',
      'is not valid YAML here: a directive (%) that is not known; leave it out',
    ],
    ['a key that is a list', '? ‸[a]\n: b', 'has a key here that is not plain text; write KEY: VALUE'],
    [
      'a key that reaches into JavaScript',
      '‸__proto__: { owner: x }',
      'has the key __proto__ here; choose another name',
    ],
    [
      'a merge of something other than a mapping',
      '‸a: &a [x]\nb: { <<: *a }',
      'has aliases (*) or merge keys (<<) that can’t be expanded; write their values out',
    ],
  ])('for %s', (_title, source, message) => {
    const { text, place } = marked(source);
    const [line, column] = place.split(':').map(Number);
    expect(parseYaml('shop.yaml', text).problems).toMatchObject([{ file: 'shop.yaml', line, column, message }]);
  });

  it('and aliases that would grow without end are not expanded', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => pair.split(''))) {
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(', ')}]`);
    }
    expect(parseYaml('shop.yaml', bomb.join('\n')).problems).toMatchObject([
      expect.objectContaining({ message: expect.stringContaining('can’t be expanded') as string }),
    ]);
  });

  it('and its other problems are told as far as a repeated key leaves them', () => {
    const text = payments.replace('contact: oncall', 'contact: nobody\nowner: again');
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      'payments.yaml:3:10 contact must be a contact of organisation.yaml (got nobody); write oncall',
      'payments.yaml:4:1 is not valid YAML here: this key is in the same mapping twice; keep one',
    ]);
  });
});

describe('anchors, aliases and merge keys', () => {
  const shared = `${paymentsHead}  first: &key
    class: api-key
    readers: [api]
    rotation: manual
    exception: &excused { reason: no API, approvedBy: security, until: 2027-01-31 }
  second:
    <<: *key
    readers: [report]
`;

  it('are understood', () => {
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': shared })).toEqual([]);
  });

  it('are followed to the position of the value', () => {
    const { text, place } = marked(shared.replace('2027-01-31', '‸2020-01-31'));
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      expect.stringContaining(`payments.yaml:${place} secrets.first.exception.until`),
      expect.stringContaining(`payments.yaml:${place} secrets.second.exception.until`),
    ]);
  });
});
