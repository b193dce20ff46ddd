import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../lambdas/databases/postgres/session/classify.ts';

const fromServer = (code: string, detail?: string): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError('words of the server', 20, 'error'), { code, detail });

describe('an error of PostgreSQL', () => {
  it.each([
    ['28P01', 'a password that is wrong', 'auth', false],
    ['28000', 'no line in pg_hba.conf, or NOLOGIN', 'locked', false],
    ['42501', 'a privilege that is missing', 'privilege', false],
    ['08006', 'a connection that failed', 'network', true],
    ['57P01', 'a server that is shutting down', 'network', true],
    ['57P03', 'a server that is starting up', 'network', true],
    ['53300', 'too many connections', 'network', true],
    ['25006', 'a server that is read-only', 'network', true],
    ['53100', 'a full disk', 'unknown', true],
    ['53200', 'no memory', 'unknown', true],
    ['57014', 'a statement that took too long', 'unknown', true],
    ['55P03', 'a lock that was not to be had', 'unknown', true],
    ['40001', 'a serialisation failure', 'unknown', true],
    ['40P01', 'a deadlock', 'unknown', true],
    ['XX000', 'a role that somebody else changes too', 'unknown', true],
    ['42P01', 'a table that was replaced meanwhile', 'unknown', true],
    ['42704', 'a role that was dropped meanwhile', 'unknown', true],
    ['3D000', 'a database that is not there', 'unknown', false],
    ['42601', 'a syntax error', 'unknown', false],
  ])('with %s, %s, is "%s"', (code, _what, kind, retryable) => {
    expect(classify(fromServer(code), 'log in')).toMatchObject({ kind, retryable, uncertain: false });
  });

  it.each([
    ['InitializeSessionUserId', 'NOLOGIN'],
    ['ClientAuthentication', 'pg_hba.conf refuses this connection whatever the password'],
    ['auth_failed', 'another method'],
  ])('with 28000 from %s says why no password would do', (routine, words) => {
    const error = Object.assign(fromServer('28000'), { routine });
    expect(classify(error, 'log in').message).toContain(words);
  });

  it.each([
    ['The server does not support SSL connections', 'tls', false],
    ['timeout expired', 'network', true],
    ['Query read timeout', 'network', true],
    ['Connection terminated unexpectedly', 'network', true],
    ['something that nobody foresaw', 'unknown', false],
  ])('of the driver, "%s", is "%s"', (message, kind, retryable) => {
    expect(classify(new Error(message), 'log in')).toMatchObject({ kind, retryable });
  });

  it('says whose privilege it would be, and of other errors no detail, which can quote data', () => {
    const detail = 'Key (email)=(somebody) is there already.';
    expect(classify(fromServer('42501', 'Only the owner may.'), 'grant').message).toContain('Only the owner may.');
    expect(classify(fromServer('23505', detail), 'grant').message).not.toContain('somebody');
  });

  it('leaves a commit uncertain, whatever it is', () => {
    for (const error of [fromServer('53100'), new Error('Connection terminated unexpectedly')]) {
      expect(classify(error, 'commit', true)).toMatchObject({ uncertain: true });
    }
  });
});
