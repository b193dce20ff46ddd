import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isLoginFailure } from '../../../client/index.ts';

const coded = (code: string, message = 'no') => Object.assign(new Error(message), { code });

describe('isLoginFailure', () => {
  it.each([
    ['PostgreSQL, a wrong password', coded('28P01'), true],
    ['PostgreSQL, an unknown user', coded('28000'), true],
    ['MySQL', coded('ER_ACCESS_DENIED_ERROR'), true],
    ['MariaDB', coded('ER_ACCESS_DENIED_NO_PASSWORD_ERROR'), true],
    ['Redis', new Error('WRONGPASS invalid username-password pair'), true],
    ['Redis without a login', new Error('NOAUTH Authentication required.'), true],
    ['an error of an ORM with a cause', new Error('query failed', { cause: coded('28P01') }), true],
    ['an error of another realm, as in Jest', runInNewContext(`Object.assign(new Error(), { code: '28P01' })`), true],
    ['a connection that is refused', coded('ECONNREFUSED'), false],
    ['another SQLSTATE', coded('42501'), false],
    ['a code that is a number', Object.assign(new Error('no'), { code: 28000 }), false],
    ['a message that only mentions the word', new Error('not WRONGPASS'), false],
    ['a text', '28P01', false],
    ['null', null, false],
    ['undefined', undefined, false],
  ])('of %s', (_what, error, expected) => {
    expect(isLoginFailure(error)).toBe(expected);
  });

  it('handles an error that is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(isLoginFailure(error)).toBe(false);
  });
});
