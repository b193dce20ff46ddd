import { describe, expect, it } from 'vitest';
import { createSecrets, isSecretError, SecretError, type SecretReader } from '../../../client/index.ts';
import { CodedError } from '../../../lib/contract/index.ts';

/** The class of another copy of the package, such as one loaded by `require`. */
const otherCopy = async (): Promise<typeof SecretError> => {
  const file = '../../../client/secret-error.ts?other-copy';
  return ((await import(file)) as { SecretError: typeof SecretError }).SecretError;
};

describe('an error of the client', () => {
  it('is a coded error with the name of the secret', () => {
    const cause = new Error('socket closed');
    const error = new SecretError('unavailable', 'cannot read', { retryable: true, secretName: 'dev/a/b', cause });
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({
      name: 'SecretError',
      code: 'unavailable',
      retryable: true,
      secretName: 'dev/a/b',
      cause,
    });
  });

  it('is not retryable and has no cause by default', () => {
    const error = new SecretError('disposed', 'the client is disposed');
    expect(error.retryable).toBe(false);
    expect(error.secretName).toBeUndefined();
    expect(error).not.toHaveProperty('cause');
  });
});

describe('isSecretError', () => {
  it('recognises an error of another copy of the package', async () => {
    const Other = await otherCopy();
    const error = new Other('not-found', 'no such secret');
    expect(error).not.toBeInstanceOf(SecretError);
    expect(isSecretError(error)).toBe(true);
  });

  it.each([
    ['an error of this copy', new SecretError('timeout', 'late'), true],
    ['an error of a subclass', new (class extends SecretError {})('timeout', 'late'), true],
    ['a coded error of something else', new CodedError('timeout', 'late', { retryable: true }), false],
    ['an error of the same name', Object.assign(new Error('x'), { name: 'SecretError', code: 'timeout' }), false],
    ['a parsed value with the same fields', JSON.parse('{"name":"SecretError","code":"timeout"}') as unknown, false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['a text', 'SecretError', false],
  ])('says of %s', (_what, value, expected) => {
    expect(isSecretError(value)).toBe(expected);
  });

  it('passes on an error that a reader created with another copy', async () => {
    const failure = new (await otherCopy())('access-denied', 'no', { secretName: 'dev/payments/orders-db' });
    const reader: SecretReader = { read: () => Promise.reject(failure) };
    const secrets = createSecrets({ application: 'payments', environment: 'dev', reader });
    await expect(secrets.get('orders-db')).rejects.toBe(failure);
  });

  it('passes on an error that a signer created with another copy', async () => {
    const failure = new (await otherCopy())('credentials', 'no');
    const signer = { sign: () => Promise.reject(failure) };
    const secrets = createSecrets({ application: 'payments', environment: 'dev', signer });
    const database = { host: 'orders.c1.eu-west-1.rds.amazonaws.com', port: 5432, username: 'app' };
    await expect(secrets.iamLogin(database)).rejects.toBe(failure);
    secrets.dispose();
  });
});
