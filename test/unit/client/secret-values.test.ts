import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type TextSecret, DatabaseCredential, JsonSecret } from '../../../client/index.ts';
import { parseSecret } from '../../../client/parse-secret.ts';

const name = 'dev/payments/orders-db';
const canary = 'canary-hunter2-X9';
const stored = {
  engine: 'postgres',
  host: 'db.internal',
  port: 5432,
  dbname: 'orders',
  username: 'orders_app',
  password: canary,
  masterarn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:admin',
};

const parse = (value: unknown) => parseSecret(typeof value === 'string' ? value : JSON.stringify(value), name);

const codeAndMessage = (value: unknown) => {
  try {
    return parse(value);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
};

describe('the value of a secret', () => {
  it('with the fields of a database login is a credential', () => {
    const credential = parse(stored) as DatabaseCredential;
    expect(credential).toBeInstanceOf(DatabaseCredential);
    expect(Object.fromEntries(Object.entries(credential))).toEqual({
      engine: 'postgres',
      host: 'db.internal',
      port: 5432,
      dbname: 'orders',
      username: 'orders_app',
    });
    expect(credential.password).toBe(canary);
  });

  it.each([
    ['a port as text', { port: '6432' }, 6432],
    ['no port', { port: undefined }, 5432],
    ['no port, MySQL', { port: undefined, engine: 'mysql' }, 3306],
    ['no port, an engine by the word of another tool', { port: undefined, engine: 'aurora-postgresql' }, 5432],
    ['no port, Redis', { port: undefined, engine: 'redis' }, 6379],
    ['no port, SQL Server', { port: undefined, engine: 'sqlserver' }, 1433],
    ['no port, DocumentDB', { port: undefined, engine: 'mongo' }, 27017],
    ['no port, Oracle', { port: undefined, engine: 'oracle' }, 1521],
    ['no port, Redshift', { port: undefined, engine: 'redshift' }, 5439],
  ])('accepts %s', (_what, more, port) => {
    expect(parse({ ...stored, ...more })).toMatchObject({ port });
  });

  it('needs no database name', () => {
    expect(parse({ ...stored, dbname: undefined })).not.toHaveProperty('dbname');
  });

  it.each([
    [{ host: undefined }, 'host must be a non-empty string'],
    [{ engine: undefined }, 'engine must be a non-empty string'],
    [{ password: 7 }, 'password must be a non-empty string'],
    [{ username: '' }, 'username must be a non-empty string'],
    [{ dbname: 7 }, 'dbname must be a non-empty string'],
    [{ port: canary }, 'port must be an integer from 1 to 65535'],
    [{ port: 70_000 }, 'port must be an integer from 1 to 65535'],
    [{ port: undefined, engine: 'db9' }, 'port must be an integer from 1 to 65535'],
  ])('with %j is refused, naming the field', (more, what) => {
    expect(codeAndMessage({ ...stored, ...more })).toEqual({
      code: 'invalid-value',
      message: `the value of ${name} is not a database credential: ${what}`,
    });
  });

  it('with only a generated password is not ready', () => {
    expect(codeAndMessage({ password: canary })).toEqual({
      code: 'not-ready',
      message: `${name} is generated but not rotated yet, and its database user does not exist: wait for the first rotation`,
    });
  });

  it('that is another JSON object keeps its fields, even with names of methods', () => {
    const secret = parse({ id: 'client', key: canary, toJSON: 'x', nested: { deep: [1] } }) as JsonSecret<
      Record<string, unknown>
    >;
    expect(secret).toBeInstanceOf(JsonSecret);
    expect(secret.fields['key']).toBe(canary);
    expect(secret.fields['toJSON']).toBe('x');
    expect(() => (secret.fields['nested'] as { deep: number[] }).deep.push(2)).toThrow(TypeError);
  });

  it.each([canary, '"quoted"', '[1]', '7', '{"broken'])('that is not a JSON object is text: %s', (text) => {
    expect((parse(text) as TextSecret).text).toBe(text);
  });
});

describe('a value that is printed or copied', () => {
  it.each([
    ['a credential', parse(stored)],
    ['a JSON secret', parse({ id: 'client', key: canary })],
    ['the fields of a JSON secret', (parse({ id: 'client', key: canary }) as JsonSecret).fields],
    [
      'fields that are named like methods',
      (parse({ constructor: { name: canary }, toJSON: canary, toString: canary }) as JsonSecret).fields,
    ],
    ['a text secret', parse(canary)],
  ])('%s shows no secret field', (_what, value) => {
    const shown = [
      inspect(value),
      inspect({ nested: [value] }, { depth: 9 }),
      format('%s %o %j', value, value, value),
      JSON.stringify({ value }),
      JSON.stringify(Object.fromEntries(Object.entries(value))),
      JSON.stringify(Object.assign({}, value)),
      JSON.stringify(structuredClone(value)),
      String(Object.entries(value)),
    ].join('\n');
    expect(shown).not.toContain(canary);
    expect(shown).toContain('[redacted]');
  });

  it('shows the fields that are not secret', () => {
    expect(inspect(parse(stored))).toBe(
      "DatabaseCredential {\n  engine: 'postgres',\n  host: 'db.internal',\n  port: 5432,\n  dbname: 'orders',\n  username: 'orders_app',\n  password: '[redacted]'\n}",
    );
    expect(inspect(parse(canary))).toBe("TextSecret { text: '[redacted]' }");
  });

  it('is frozen', () => {
    expect(() => Object.assign(parse(stored), { password: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(parse(canary), { more: 1 })).toThrow(TypeError);
  });
});
