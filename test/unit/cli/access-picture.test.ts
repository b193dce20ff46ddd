import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

import { accessPicture } from '../../../cli/verbs/access/access-picture.ts';
import type { AccessRow } from '../../../lib/access/index.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder } from '../../_helpers/catalog-folder.ts';

const row = (change: Partial<AccessRow> = {}): AccessRow => ({
  environment: 'prod',
  application: 'payments',
  secret: 'prod/payments/orders-db',
  class: 'database',
  who: 'consumer api',
  kind: 'ecs',
  may: ['read'],
  role: 'arn:aws:iam::444455556666:role/prod-payments-api',
  through: 'policies',
  ...change,
});

interface Element {
  readonly '#text'?: string;
  readonly '@class'?: string;
  readonly '@x'?: string;
  readonly '@y'?: string;
  readonly '@width'?: string;
  readonly '@text-anchor'?: string;
  readonly title?: string;
}

interface Drawn {
  readonly svg: {
    readonly '@width': string;
    readonly '@height': string;
    readonly text: readonly Element[];
    readonly path: readonly Element[];
    readonly rect: readonly Element[];
  };
}

const parsed = (svg: string): Drawn['svg'] => {
  const options = { ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false };
  return (new XMLParser(options).parse(svg) as Drawn).svg;
};

const drawn = (svg: string): { words: string[]; lines: string[] } => {
  const { text, path } = parsed(svg);
  return {
    words: text.flatMap((one) => one['#text'] ?? []),
    lines: path.flatMap(({ title }) => title ?? []),
  };
};

/** The classes of each line that says what it is. */
const strokesOf = (svg: string): (string | undefined)[] =>
  parsed(svg).path.flatMap((one) => (one.title === undefined ? [] : [one['@class']]));

describe('strongroom access --svg', () => {
  it('draws each of the rows of the table', async () => {
    const file = join(catalogFolder({}), 'access.svg');
    const { exitCode, stdout } = await strongroom(['access', '-e', 'prod', '--svg', file]);
    expect([exitCode, stdout]).toEqual([0, `Wrote ${file}\n`]);
    const { words, lines } = drawn(readFileSync(file, 'utf8'));
    const { stdout: json } = await strongroom(['access', '-e', 'prod', '--json']);
    const { access } = JSON.parse(json) as { access: AccessRow[] };
    expect(lines.sort()).toEqual(access.map(({ who, may, secret }) => `${who} may ${may.join(', ')} ${secret}`).sort());
    expect(words).toEqual(
      expect.arrayContaining([
        'payments',
        'api',
        'ecs',
        'orders-db',
        'database, high',
        'break-glass',
        'every secret of prod',
      ]),
    );
  });

  it('draws the same for the same catalog', () => {
    const rows = [
      row(),
      row({ who: 'consumer report' }),
      row({ environment: 'dev', secret: 'dev/payments/orders-db' }),
    ];
    expect(accessPicture(rows)).toBe(accessPicture([...rows]));
  });

  it('shows names as they are, whatever is in them', () => {
    const { words, lines } = drawn(accessPicture([row({ secret: 'old/<a&b>"' }), row({ who: 'consumer report' })]));
    expect(lines).toEqual(['consumer api may read old/<a&b>"', 'consumer report may read prod/payments/orders-db']);
    expect(words).toContain('old/<a&b>"');
  });

  it('tells kinds of readers by colour, and what they may by the stroke', () => {
    const strokes = strokesOf(
      accessPicture([
        row(),
        row({ who: 'consumer deploy', kind: 'github' }),
        row({ who: 'consumer partner', kind: 'other account' }),
        row({ who: 'consumer support', kind: 'permission set' }),
        row({ who: 'consumer ledger', may: ['log in'] }),
        row({ who: 'rotation function', kind: 'platform', may: ['read', 'write'] }),
        row({ who: 'operator', kind: 'people', may: ['write'] }),
        row({ who: 'operator', kind: 'people', may: ['rotate'] }),
      ]),
    );
    expect(strokes).toEqual([
      'line workload',
      'line outside',
      'line outside',
      'line people',
      'line workload',
      'line platform more',
      'line people write',
      'line people rotate',
    ]);
  });

  it('marks what is of high sensitivity, and prod', () => {
    const { rect } = parsed(
      accessPicture([
        row({ sensitivity: 'high' }),
        row({ secret: 'prod/payments/other', sensitivity: 'standard' }),
        row({ environment: 'dev', secret: 'dev/payments/orders-db' }),
        row({ environment: 'prod-us' }),
      ]),
    );
    const classes = rect.map((one) => one['@class']);
    expect(classes.filter((one) => one?.startsWith('env'))).toEqual(['env prod', 'env', 'env prod']);
    expect(classes.filter((one) => one === 'box high')).toHaveLength(1);
  });

  it('has room for every name and its note in its box, and for every box in the picture', () => {
    const long = 'a-name-that-is-as-long-as-a-name-may-ever-be-in-a-catalog-of-a-large-organisation';
    const svg = parsed(
      accessPicture([
        row(),
        row({ who: `consumer ${long}`, secret: `prod/payments/${long}`, class: 'tls-certificate' }),
      ]),
    );
    const boxes = svg.rect.filter((one) => one['@class']?.startsWith('box'));
    const names = svg.text.filter((one) => one['@class'] === 'name');
    const notes = svg.text.filter((one) => one['@text-anchor'] === 'end');
    expect([names.length, notes.length]).toEqual([boxes.length, boxes.length]);
    boxes.forEach((box, index) => {
      const [left, right] = [Number(box['@x']), Number(box['@x']) + Number(box['@width'])];
      // 0.6 of the size is the width of a character of the widest common monospace font.
      const endOfName = Number(names[index]!['@x']) + names[index]!['#text']!.length * 13 * 0.6;
      const startOfNote = Number(notes[index]!['@x']) - (notes[index]!['#text'] ?? '').length * 11 * 0.6;
      expect(left).toBeGreaterThanOrEqual(0);
      expect(endOfName).toBeLessThan(startOfNote);
      expect(right).toBeLessThanOrEqual(Number(svg['@width']));
    });
  });

  it('lays no box over another, and every line ends at boxes of its own application', () => {
    const svg = accessPicture(
      ['shop', 'payments', 'search'].flatMap((application) => [
        row({ application, secret: `prod/${application}/a` }),
        row({ application, secret: `prod/${application}/b`, who: 'consumer batch' }),
      ]),
    );
    const { rect, '@height': height } = parsed(svg);
    const boxes = rect.filter((one) => one['@class']?.startsWith('box'));
    const places = boxes.map((one) => `${one['@x']} ${one['@y']}`);
    expect(new Set(places).size).toBe(3 * 4);
    expect(Math.max(...boxes.map((one) => Number(one['@y'])))).toBeLessThan(Number(height) - 22);
    const ys = [...svg.matchAll(/<path class="line workload" d="M\d+ (\d+) C[\d. ]+ (\d+)"/g)].map(([, a, b]) => [
      a,
      b,
    ]);
    expect(ys).toHaveLength(6);
    for (const [start, end] of ys) expect(Math.abs(Number(start) - Number(end))).toBeLessThan(56);
  });

  it.each([
    [['--svg', 'no/such/folder/a.svg'], /^error: --svg no\/such\/folder\/a\.svg: can't be written \(ENOENT\)/],
    [
      ['--svg', 'a.svg', '--diff', 'HEAD'],
      /^error: --svg draws the current access, and --diff shows what changes; leave one out/,
    ],
    [['--guard', 'prod'], /^error: --guard is for --diff: name the commit to compare with/],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await strongroom(['access', ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
