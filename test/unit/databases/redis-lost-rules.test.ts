import { expect, it } from 'vitest';
import { lostRules } from '../../../lambdas/databases/redis/lost-rules.ts';

const user = (...rules: string[]) => ({ name: 'app', enabled: true, nopass: false, hashes: [], rules });

it('names what a user may no longer do, and nothing that it may do more', () => {
  const before = user(...'~a:* &news -@all +get +set (~b:* -@all +get)'.split(' '));
  const after = '~a:* ~c:* &news -@all +get -ttl'.split(' ');

  expect(lostRules(before, after)).toEqual([
    { username: 'app', privilege: 'set', object: 'commands' },
    { username: 'app', privilege: 'rule', object: '(~b:* -@all +get)' },
    { username: 'app', privilege: 'ttl', object: 'commands' },
  ]);
  expect(lostRules(before, [...before.rules, '+del'])).toEqual([]);
});
