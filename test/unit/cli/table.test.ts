import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { processHost } from '../../../cli/terminal/host.ts';
import { stylesOf } from '../../../cli/terminal/styles.ts';
import { table } from '../../../cli/terminal/table.ts';

const hostWith = (stdout: { isTTY?: boolean; columns?: number }, env: Record<string, string> = {}) =>
  processHost({ stdout: Object.assign(new PassThrough(), stdout), stderr: new PassThrough(), env }, []);

const heading = ['SECRET', 'MAY', 'ROLE'];
const rows = [
  ['prod/payments/orders-db', 'read, write, rotate, delete', 'strongroom-prod-break-glass'],
  ['prod/payments/orders-db', 'read', 'prod-payments-api'],
  ['prod/payments/stripe-key', '', 'prod-payments-api'],
];
const at = (columns: number): string[] =>
  table(hostWith({ isTTY: true, columns }, { NO_COLOR: '1' }), heading, rows).split('\n');

describe('a table', () => {
  it('has a line for each row where there is room', () => {
    const lines = [
      'SECRET                    MAY                          ROLE',
      'prod/payments/orders-db   read, write, rotate, delete  strongroom-prod-break-glass',
      'prod/payments/orders-db   read                         prod-payments-api',
      'prod/payments/stripe-key                               prod-payments-api',
    ];
    expect(at(82)).toEqual(lines);
    expect(table(hostWith({}), heading, rows).split('\n')).toEqual(lines);
  });

  it('breaks cells between words where there is less', () => {
    expect(at(70)).toEqual([
      'SECRET                    MAY              ROLE',
      'prod/payments/orders-db   read, write,     strongroom-prod-break-glass',
      '                          rotate, delete',
      'prod/payments/orders-db   read             prod-payments-api',
      'prod/payments/stripe-key                   prod-payments-api',
    ]);
  });

  it('becomes blocks where a word would have to be cut, each secret named once', () => {
    expect(at(60)).toEqual([
      'prod/payments/orders-db',
      '  MAY   read, write, rotate, delete',
      '  ROLE  strongroom-prod-break-glass',
      '',
      '  MAY   read',
      '  ROLE  prod-payments-api',
      '',
      'prod/payments/stripe-key',
      '  MAY',
      '  ROLE  prod-payments-api',
    ]);
  });

  it('is measured without its colours', () => {
    const host = { ...hostWith({ isTTY: true, columns: 82 }), color: true };
    const colored = rows.map(([secret = '', ...rest]) => [stylesOf(host).bold(secret), ...rest]);
    expect(table(host, heading, colored).split('\n')).toHaveLength(4);
  });

  it('is never wider than the terminal unless a single word is', () => {
    for (let columns = 40; columns < 100; columns += 1) {
      expect(Math.max(...at(columns).map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });
});

describe('the width of a line', () => {
  it.each([
    ['the terminal’s', { isTTY: true, columns: 90 }, {}, 90],
    ['COLUMNS before that', { isTTY: true, columns: 90 }, { COLUMNS: '60' }, 60],
    ['no matter in a pipe', {}, {}, undefined],
    ['COLUMNS in a pipe', {}, { COLUMNS: '60' }, 60],
    ['the terminal’s where COLUMNS is no number', { isTTY: true, columns: 90 }, { COLUMNS: 'wide' }, 90],
  ])('is %s', (_, stdout, env, columns) => {
    expect(hostWith(stdout, env).columns).toBe(columns);
  });
});
