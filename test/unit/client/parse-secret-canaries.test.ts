import { describe, expect, it } from 'vitest';

import { parseSecret } from '../../../client/parse-secret.ts';

const canary = 'canary-of-a-password';
const whole = { engine: 'postgres', host: 'db.internal', port: 5432, dbname: 'orders', username: 'app', password: 'x' };

const messageOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  try {
    parseSecret(text, 'dev/payments/orders-db', 'database');
  } catch (error) {
    return `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
  }
  throw new Error('expected a refusal');
};

describe('a password under a wrong key is in no message of a refused value', () => {
  it.each(['engine', 'host', 'port', 'dbname', 'username', 'password'])('%s', (key) => {
    expect(messageOf({ ...whole, [key]: [canary] })).not.toContain(canary);
    expect(messageOf({ ...whole, [key]: { [canary]: canary } })).not.toContain(canary);
  });

  it.each<[string, unknown]>([
    ['a port that is text', { ...whole, port: canary }],
    ['the name of a key', { [canary]: '' }],
    ['the engine alone', { engine: canary }],
    ['text that is not JSON', `{"password": ${canary}`],
    ['a JSON text', JSON.stringify(canary)],
    ['a list', [canary]],
  ])('%s', (_what, value) => {
    expect(messageOf(value)).not.toContain(canary);
  });
});
