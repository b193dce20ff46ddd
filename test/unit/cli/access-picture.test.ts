import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

import { accessPicture } from '../../../cli/commands/access-picture.ts';
import type { AccessRow } from '../../../lib/access/index.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder } from '../../_helpers/catalog-folder.ts';

const row = (change: Partial<AccessRow> = {}): AccessRow => ({
  environment: 'prod',
  application: 'payments',
  secret: 'prod/payments/orders-db',
  class: 'database',
  who: 'consumer api',
  may: ['read'],
  role: 'arn:aws:iam::444455556666:role/prod-payments-api',
  through: 'policies',
  ...change,
});

interface Drawn {
  readonly svg: { readonly text: (string | { '#text': string })[]; readonly path: { readonly title?: string }[] };
}

const drawn = (svg: string): { words: string[]; lines: string[] } => {
  const { svg: root } = new XMLParser({ ignoreAttributes: true }).parse(svg) as Drawn;
  return {
    words: root.text.map((one) => (typeof one === 'string' ? one : one['#text'])),
    lines: root.path.flatMap(({ title }) => title ?? []),
  };
};

describe('strongroom access --svg', () => {
  it('draws each of the rows of the table', async () => {
    const file = join(catalogFolder({}), 'access.svg');
    const { exitCode, stdout } = await strongroom(['access', '-e', 'prod', '--svg', file]);
    expect([exitCode, stdout]).toEqual([0, `Wrote ${file}\n`]);
    const { words, lines } = drawn(readFileSync(file, 'utf8'));
    const { stdout: json } = await strongroom(['access', '-e', 'prod', '--json']);
    const { access } = JSON.parse(json) as { access: AccessRow[] };
    expect(lines).toEqual(access.map(({ who, may, secret }) => `${who} may ${may.join(', ')} ${secret}`));
    expect(words).toEqual(
      expect.arrayContaining(['payments api', 'prod/payments/orders-db', 'break-glass', 'every secret of prod']),
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

  it.each([
    [['--svg', 'no/such/folder/a.svg'], /^error: --svg no\/such\/folder\/a\.svg: can't be written \(ENOENT\)/],
    [['--svg', 'a.svg', '--diff', 'HEAD'], /^error: --svg draws what is, and --diff tells what changes; leave one out/],
    [['--guard', 'prod'], /^error: --guard is for --diff: name the commit to compare with/],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await strongroom(['access', ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
