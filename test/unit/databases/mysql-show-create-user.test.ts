import { expect, it } from 'vitest';
import { pluginsIn } from '../../../lambdas/databases/mysql/show-create-user.ts';

it.each([
  [
    "CREATE USER `app`@`%` IDENTIFIED BY PASSWORD '*F24059C44AE7FCD38A595267C522FB133E9F06F1'",
    ['mysql_native_password'],
  ],
  ["CREATE USER `app`@`%` IDENTIFIED VIA ed25519 USING 'hash' PASSWORD EXPIRE", ['ed25519']],
  [
    "CREATE USER `app`@`%` IDENTIFIED VIA unix_socket OR mysql_native_password USING '*F2' ACCOUNT LOCK",
    ['unix_socket', 'mysql_native_password'],
  ],
  // A name, a host, a hash and a subject can hold any text.
  ["CREATE USER `ed25519`@`%` IDENTIFIED BY PASSWORD '*F2'", ['mysql_native_password']],
  ["CREATE USER `x`` IDENTIFIED VIA ed25519`@`ed25519` IDENTIFIED BY PASSWORD '*F2'", ['mysql_native_password']],
  [
    "CREATE USER `app`@`%` IDENTIFIED VIA pam USING 'it''s OR ed25519' REQUIRE SUBJECT '/CN=ed25519' WITH MAX_USER_CONNECTIONS 5",
    ['pam'],
  ],
  ['CREATE USER `app`@`%`', []],
])('reads the methods of %s', (statement, plugins) => {
  expect(pluginsIn(statement)).toEqual(plugins);
});
