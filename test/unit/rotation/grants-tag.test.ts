import { expect, it } from 'vitest';
import { formatGrants, parseGrants } from '../../../lib/contract/index.ts';

it.each([
  'public=read-write audit=read-only',
  'public=migrate audit=read-only',
  '__proto__=read-only',
  'constructor=read-write',
])('the tag "%s" gives each schema that it names, whatever its name', (text) => {
  const grants = parseGrants(text);
  expect(
    formatGrants(grants ?? {})
      .split(' ')
      .sort(),
  ).toEqual(text.split(' ').sort());
});

it.each(['public=owner', 'public=Migrate', 'public=migrate=x', '=migrate', 'public'])(
  'the tag "%s" is not valid',
  (text) => {
    expect(parseGrants(text)).toBeUndefined();
  },
);
