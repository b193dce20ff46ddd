import { describe, expect, it } from 'vitest';
import { define, findUser, hashOf, hasExactly, setPasswords } from '../../../lambdas/databases/redis/acl-user.ts';

const one = hashOf('one');
const two = hashOf('two');
const selectors = '(~b:* resetchannels -@all +get)';
const lines = [
  'user default on nopass sanitize-payload ~* &* +@all',
  `user app off sanitize-payload #${one} #${two} ~a:* %R~r:* resetchannels &news -@all +@read ${selectors}`,
  'user app2 on resetchannels -@all',
];

describe('a line of ACL LIST', () => {
  it('is read word for word', () => {
    expect(findUser(lines, 'app')).toEqual({
      name: 'app',
      enabled: false,
      nopass: false,
      hashes: [one, two],
      rules: `sanitize-payload ~a:* %R~r:* resetchannels &news -@all +@read ${selectors}`.split(' '),
    });
    expect(findUser(lines, 'default')).toMatchObject({ enabled: true, nopass: true, hashes: [] });
  });

  it('is not that of a user whose name begins alike, or of nobody', () => {
    expect(findUser(lines, 'app2')).toMatchObject({ rules: ['resetchannels', '-@all'] });
    expect(findUser(lines, 'ap')).toBeUndefined();
  });

  it('is told again in one command that leaves nothing of what was before', () => {
    const [line = ''] = lines.slice(1, 2);
    const command = define(findUser(lines, 'app')!);
    expect(command.slice(0, 5)).toEqual(['ACL', 'SETUSER', 'app', 'reset', 'off']);
    expect([...command.slice(4)].sort()).toEqual(line.split(' ').slice(2).sort());
  });
});

describe('passwords', () => {
  it('go out as hashes only, each once', () => {
    expect(setPasswords('app', [one, two, one])).toEqual(['ACL', 'SETUSER', 'app', 'resetpass', `#${one}`, `#${two}`]);
    expect(setPasswords('app', [])).toEqual(['ACL', 'SETUSER', 'app', 'resetpass']);
  });

  it.each([
    [[one, two], [two, one], true],
    [[one], [one, one], true],
    [[], [], true],
    [[one], [two], false],
    [[one], [one, two], false],
    [[one, two], [one], false],
    [[one], [], false],
  ])('%#: are compared as sets', (hashes, wanted, equal) => {
    const user = { name: 'app', enabled: true, nopass: false, rules: [], hashes };
    expect(hasExactly(user, wanted)).toBe(equal);
    expect(hasExactly({ ...user, nopass: true }, wanted)).toBe(false);
  });
});
