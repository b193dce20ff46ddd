import { describe, expect, it } from 'vitest';

import { parseWindow } from '../../../lib/catalog/schema/window.ts';

describe('a window', () => {
  it.each([
    ['02:00-04:00 UTC', { startHour: 2, hours: 2 }],
    ['Sun 02:00-04:00 UTC', { weekday: 'SUN', startHour: 2, hours: 2 }],
    ['Wed 00:00-24:00 UTC', { weekday: 'WED', startHour: 0, hours: 24 }],
    ['23:00-24:00 UTC', { startHour: 23, hours: 1 }],
    ['any', {}],
  ])('%s is understood', (text, window) => {
    expect(parseWindow(text)).toEqual(window);
  });

  it.each([
    ['nights', 'be whole hours of one UTC day, after a weekday or not', '02:00-04:00 UTC, Sun 02:00-04:00 UTC, or any'],
    [
      '02:00 UTC',
      'be whole hours of one UTC day, after a weekday or not',
      '02:00-04:00 UTC, Sun 02:00-04:00 UTC, or any',
    ],
    ['02:30-04:00 UTC', 'open and close on the hour', '02:00-04:00 UTC'],
    ['02:00-02:00 UTC', 'be at least one hour long', '02:00-03:00 UTC'],
    ['23:00-02:00 UTC', 'not run past midnight UTC', '23:00-24:00 UTC or 00:00-02:00 UTC'],
    ['Sat 23:00-02:00 UTC', 'not run past midnight UTC', 'Sat 23:00-24:00 UTC or Sun 00:00-02:00 UTC'],
    ['22:00-00:00 UTC', 'not run past midnight UTC', '22:00-24:00 UTC'],
    ['22:00-25:00 UTC', 'have hours from 00 to 24', '02:00-04:00 UTC, Sun 02:00-04:00 UTC, or any'],
    ['Sun 02:00-04:00', 'say that it is in UTC', 'Sun 02:00-04:00 UTC'],
    ['Sun 02-04', 'say that it is in UTC', 'Sun 02:00-04:00 UTC'],
    ['sunday 2:00-4:00 UTC', 'have the exact form', 'Sun 02:00-04:00 UTC'],
    [
      'Son 02:00-04:00 UTC',
      'name the weekday as Mon, Tue, Wed, Thu, Fri, Sat, Sun',
      '02:00-04:00 UTC, Sun 02:00-04:00 UTC, or any',
    ],
  ])('%s is refused: it must %s', (text, must, write) => {
    expect(parseWindow(text)).toEqual({ must, write });
  });
});
