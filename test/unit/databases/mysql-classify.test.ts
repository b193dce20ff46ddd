import { describe, expect, it } from 'vitest';
import { classify, errorNumber, type Attempt } from '../../../lambdas/databases/mysql/classify.ts';

const server = (errno: number, message = 'in the language of the server') =>
  Object.assign(new Error(message), { errno, code: `ER_${errno}`, sql: "ALTER USER … IDENTIFIED BY 'canary'" });
const driver = (code: string, message = code) => Object.assign(new Error(message), { code });

const at = (phase: Attempt['phase']): Attempt => ({ doing: 'log in as "app" at db:3306', phase });

describe('what a server says', () => {
  it.each([
    [1045, 'auth', false],
    [1698, 'locked', false],
    [3118, 'locked', false],
    [4151, 'locked', false],
    [1862, 'locked', false],
    [1129, 'locked', false],
    [1130, 'locked', false],
    [3159, 'tls', false],
    [1040, 'network', true],
    [1203, 'network', true],
    [1053, 'network', true],
    [99_999, 'unknown', false],
  ] as const)('at a login: %i is "%s", to be tried again: %s', (errno, kind, retryable) => {
    expect(classify(server(errno), at('login'))).toMatchObject({ kind, retryable });
  });

  it.each([
    // "Access denied" in answer to a statement is about the statement, and justifies no other credential.
    [1045, 'privilege', false],
    [1698, 'privilege', false],
    [1142, 'privilege', false],
    [1227, 'privilege', false],
    [1095, 'privilege', false],
    [1290, 'unknown', true],
    [1836, 'unknown', true],
    [1205, 'unknown', true],
    [1213, 'unknown', true],
    [1064, 'unknown', false],
  ] as const)('to a statement: %i is "%s", to be tried again: %s', (errno, kind, retryable) => {
    expect(classify(server(errno), at('change'))).toMatchObject({ kind, retryable, uncertain: false });
  });
});

describe('what the driver says', () => {
  it.each([
    [driver('PROTOCOL_CONNECTION_LOST'), 'network', true],
    [driver('PROTOCOL_SEQUENCE_TIMEOUT'), 'network', true],
    [driver('ECONNREFUSED'), 'network', true],
    [driver('HANDSHAKE_NO_SSL_SUPPORT'), 'tls', false],
    [driver('HANDSHAKE_SSL_ERROR', 'self-signed certificate in certificate chain'), 'tls', false],
    [
      driver('HANDSHAKE_SSL_ERROR', 'Client network socket disconnected before secure TLS connection was established'),
      'network',
      true,
    ],
    [driver('AUTH_SWITCH_PLUGIN_ERROR'), 'locked', false],
    [driver('STRONGROOM_PLAINTEXT'), 'tls', false],
    ['no error at all', 'unknown', false],
  ] as const)('%s is "%s", to be tried again: %s', (error, kind, retryable) => {
    expect(classify(error, at('login'))).toMatchObject({ kind, retryable, uncertain: false });
  });

  it('makes a change uncertain where the answer is lost, and only then', () => {
    expect(classify(driver('ECONNRESET'), at('change'))).toMatchObject({ uncertain: true });
    expect(classify(driver('ECONNRESET'), at('statement'))).toMatchObject({ uncertain: false });
    expect(classify(server(1227), at('change'))).toMatchObject({ uncertain: false });
  });

  it.each([1819, 3638])('says that a policy refuses the password: %i', (errno) => {
    expect(classify(server(errno), at('change'))).toMatchObject({ code: 'password-refused', retryable: false });
  });
});

it('keeps statements out of errors: neither the driver’s copy nor what the server quotes of them', () => {
  const other = classify(server(1227), at('change'));
  const parse = classify(server(1064, "near 'REPLACE 'canary''"), at('change'));

  expect(JSON.stringify([other.message, other.cause, parse.message, parse.cause])).not.toContain('canary');
  expect(Object.keys(other.cause as object)).not.toContain('sql');
  expect(parse.message).toContain('1064');
});

it('tells the server’s number, and none where the server said nothing', () => {
  expect(errorNumber(classify(server(1094), at('change')))).toBe(1094);
  expect(errorNumber(classify(Object.assign(driver('ECONNRESET'), { errno: -104 }), at('change')))).toBeUndefined();
  expect(errorNumber(new Error('another'))).toBeUndefined();
});
