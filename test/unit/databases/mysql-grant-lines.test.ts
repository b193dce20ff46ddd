import { describe, expect, it } from 'vitest';
import { escapeDatabase, rightsIn, type Right } from '../../../lambdas/databases/mysql/grant-lines.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';

const short = ({ kind, name, object, passedOn }: Right): string =>
  `${kind}: ${name}${object && ` on ${object}`}${passedOn ? ', passed on' : ''}`;

describe('a line of SHOW GRANTS', () => {
  it.each<[line: string, rights: string[]]>([
    ['GRANT USAGE ON *.* TO `app`@`%`', []],
    ['GRANT SELECT, PROCESS ON *.* TO `app`@`%`', ['privilege: SELECT on *.*', 'privilege: PROCESS on *.*']],
    ['GRANT USAGE ON `a`.* TO `app`@`%` WITH GRANT OPTION', ['privilege: GRANT OPTION on `a`.*']],
    [
      'GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `app`@`%` WITH GRANT OPTION',
      ['dynamic: BACKUP_ADMIN on *.*, passed on', 'dynamic: XA_RECOVER_ADMIN on *.*, passed on'],
    ],
    [
      'GRANT SELECT (`a, ``b``)`, `c`), UPDATE (`c`) ON `d TO e`.`f ON g` TO `app`@`%`',
      [
        'privilege: SELECT (`a, ``b``)`) on `d TO e`.`f ON g`',
        'privilege: SELECT (`c`) on `d TO e`.`f ON g`',
        'privilege: UPDATE (`c`) on `d TO e`.`f ON g`',
      ],
    ],
    [
      'GRANT EXECUTE ON PROCEDURE `a`.`p` TO `app`@`%` WITH GRANT OPTION',
      ['privilege: EXECUTE on PROCEDURE `a`.`p`', 'privilege: GRANT OPTION on PROCEDURE `a`.`p`'],
    ],
    [
      'REVOKE INSERT, SELECT ON `mysql`.* FROM `app`@`%`',
      ['restriction: INSERT on `mysql`.*', 'restriction: SELECT on `mysql`.*'],
    ],
    [
      'GRANT `r ON x`@`%`,`s`@`%` TO `app`@`%` WITH ADMIN OPTION',
      ['role: `r ON x`@`%`, passed on', 'role: `s`@`%`, passed on'],
    ],
    ['GRANT `r` TO `app`@`%`', ['role: `r`']],
    ["GRANT PROXY ON 'other'@'%' TO 'app'@'%' WITH GRANT OPTION", ["proxy: 'other'@'%', passed on"]],
    ['GRANT PROXY ON `o``ther`@`%` TO `app`@`%`', ['proxy: `o``ther`@`%`']],
    ['SET DEFAULT ROLE `r` FOR `app`@`%`', []],
    [
      "GRANT SELECT ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*AB' REQUIRE ISSUER '/CN=it's' WITH GRANT OPTION MAX_USER_CONNECTIONS 5",
      ['privilege: SELECT on *.*', 'privilege: GRANT OPTION on *.*'],
    ],
  ])('%s', (line, rights) => {
    expect(rightsIn(line).map(short)).toEqual(rights);
  });

  it('with a proxied name that MariaDB does not escape is refused, and gets into no statement', () => {
    const line = "GRANT PROXY ON 'x'@'%' TO admin -- '@'%' TO 'app'@'%'";
    expect(() => rightsIn(`GRANT PROXY ON 'o'ther'@'%' TO 'app'@'%'`)).toThrow(DatabaseError);
    expect(rightsIn(line).map(short)).toEqual(["proxy: 'x'@'%'"]);
  });
});

it('quotes databases so that nothing in their names stands for another character', () => {
  expect(escapeDatabase('my_app')).toBe('`my\\_app`');
  expect(escapeDatabase('50% `odd` a.b\\')).toBe('`50\\% ``odd`` a.b\\\\`');
});
