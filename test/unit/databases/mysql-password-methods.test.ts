import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ed25519Answer } from '../../../lambdas/databases/mysql/ed25519.ts';
import { passwordMethod } from '../../../lambdas/databases/mysql/password-methods.ts';
import { shaCrypt } from '../../../lambdas/databases/mysql/sha-crypt.ts';

describe('SHA-256 crypt', () => {
  /** Most are of the specification; all are what OpenSSL makes of them. */
  it.each([
    ['Hello world!', 'saltstring', 5_000, '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
    ['Hello world!', 'saltstringsaltst', 10_000, '3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA'],
    [
      'a very much longer text to encrypt.  This one even stretches over morethan one line.',
      'anotherlongsalts',
      1_400,
      'Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1',
    ],
    ['the minimum number is still observed', 'roundstoolow', 1_000, 'yfvwcWrQ8l/K0DAWyuPMDNHpIVlTQebY9l/gL972bIC'],
    ['pässwörd', 'ü', 1_000, 'qJ/ERq6Ha9YQHns9yP4MCLQe/si28guzq5Tuy2jOfp5'],
  ])('of "%s" with salt "%s" in %i rounds is "%s"', (password, salt, rounds, digest) => {
    expect(shaCrypt(password, salt, rounds)).toBe(digest);
  });
});

describe.each(['mysql_native_password', 'caching_sha2_password', 'sha256_password', 'ed25519'])('%s', (plugin) => {
  const method = passwordMethod(plugin)!;

  it('knows its own hash again, and no other', () => {
    const hash = method.hash(`odd "pässword" '\\`);

    expect(method.matches(`odd "pässword" '\\`, hash)).toBe(true);
    expect(method.matches('another', hash)).toBe(false);
    expect(method.matches(`odd "pässword" '\\`, '')).toBe(false);
    expect(method.matches(`odd "pässword" '\\`, hash.slice(0, -1))).not.toBe(true);
    expect(method.matches('', '')).toBe(true);
  });
});

describe('what the servers themselves stored', () => {
  it.each([
    // SELECT PASSWORD('secret') in MariaDB; its manual's user of ed25519.
    ['mysql_native_password', 'secret', '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7'],
    ['ed25519', 'secret', 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY'],
    // MySQL 9.7, with its own number of rounds and control characters in the salt.
    [
      'caching_sha2_password',
      'p',
      '$A$00A$`n-l\u000fOe\u0005}P/8\u001bEk\u001c{/b aTfIEw/bZVXu0wTPHhX9LgejBg.ONUJTs02Cf7enwhA',
    ],
  ])('is known again: %s', (plugin, password, hash) => {
    const method = passwordMethod(plugin)!;
    expect(method.matches(password, hash)).toBe(true);
    expect(method.matches(`${password}x`, hash)).toBe(false);
  });

  it('is unlike for the same password where there is a salt', () => {
    for (const plugin of ['caching_sha2_password', 'sha256_password']) {
      const method = passwordMethod(plugin)!;
      expect(method.hash('same')).not.toBe(method.hash('same'));
    }
  });
});

it('has no method for plugins that keep no password', () => {
  for (const plugin of ['auth_socket', 'unix_socket', 'AWSAuthenticationPlugin', 'pam', 'toString']) {
    expect(passwordMethod(plugin)).toBeUndefined();
  }
});

it.each([
  ['caching_sha2_password', `$A$FFF$${'s'.repeat(20)}${'d'.repeat(43)}`],
  ['sha256_password', `$5$rounds=999999999$${'s'.repeat(20)}$${'d'.repeat(43)}`],
  ['caching_sha2_password', 'another form'],
])('can not tell, and computes nothing, for a hash of %s with too many rounds or of another form', (plugin, hash) => {
  expect(passwordMethod(plugin)!.matches('secret', hash)).toBeUndefined();
});

describe('the answer to a challenge of ed25519', () => {
  it.each(['secret', 'pässwörd', ''])('is a signature under the key that the server stores of "%s"', (password) => {
    const challenge = randomBytes(32);
    const stored = Buffer.from(passwordMethod('ed25519')!.hash(password), 'base64');
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), stored]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });

    // The driver hands over a zero byte behind it.
    const signature = ed25519Answer(password, Buffer.concat([challenge, Buffer.from([0])]));

    expect(verify(null, challenge, key, signature)).toBe(true);
    expect(verify(null, randomBytes(32), key, signature)).toBe(false);
  });
});
