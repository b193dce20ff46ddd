import { expect, it } from 'vitest';
import { formatGrants, parseGrants } from '../../../lib/contract/index.ts';

it.each(['public=read-write audit=read-only', '__proto__=read-only', 'constructor=read-write'])(
  'the tag "%s" gives each schema that it names, whatever its name',
  (text) => {
    const grants = parseGrants(text);
    expect(
      formatGrants(grants ?? {})
        .split(' ')
        .sort(),
    ).toEqual(text.split(' ').sort());
  },
);
