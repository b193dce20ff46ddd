/** How a login is tried again. */
import { expect, it } from 'vitest';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { connectRetry } from '../../../lambdas/databases/login-attempts.ts';

const failing = (error: Error, times: number) => {
  const login = {
    calls: 0,
    attempt: () => {
      login.calls += 1;
      return login.calls <= times ? Promise.reject(error) : Promise.resolve('in');
    },
  };
  return login;
};

const unreachable = new DatabaseError('network', 'unreachable', { retryable: true });
const inTime = { remainingMs: () => 30_000 };

it('a server that is out of reach for a moment is tried again', async () => {
  const login = failing(unreachable, 2);
  expect(await connectRetry(inTime).execute(login.attempt)).toBe('in');
});

it.each([
  ['a server that stays out of reach', unreachable, inTime, 3],
  ['a server that is out of reach, without time left', unreachable, { remainingMs: () => 0 }, 1],
  ['a refusal', new DatabaseError('auth', 'refused', { retryable: false }), inTime, 1],
  ['a name that is wrong', new DatabaseError('network', 'no such name', { retryable: false }), inTime, 1],
])('%s ends the login after its attempts', async (_what, error, deadline, calls) => {
  const login = failing(error, Infinity);
  await expect(connectRetry(deadline).execute(login.attempt)).rejects.toBe(error);
  expect(login.calls).toBe(calls);
});
