import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type TextSecret, DatabaseCredential, JsonSecret } from '../../../client/index.ts';
import { isLoginFailure } from '../../../client/login-failure.ts';
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
  ])('takes %s', (_what, more, port) => {
    expect(parse({ ...stored, ...more })).toMatchObject({ port });
  });

  it('needs no database name', () => {
    expect(parse({ ...stored, dbname: undefined })).not.toHaveProperty('dbname');
  });

  it.each([
    [{ host: undefined }, 'host must be a text that is not empty'],
    [{ engine: undefined }, 'engine must be a text that is not empty'],
    [{ password: 7 }, 'password must be a text that is not empty'],
    [{ username: '' }, 'username must be a text that is not empty'],
    [{ dbname: 7 }, 'dbname must be a text that is not empty'],
    [{ port: canary }, 'port must be a whole number from 1 to 65535'],
    [{ port: 70_000 }, 'port must be a whole number from 1 to 65535'],
    [{ port: undefined, engine: 'db9' }, 'port must be a whole number from 1 to 65535'],
  ])('with %j is refused by the field', (more, what) => {
    expect(codeAndMessage({ ...stored, ...more })).toEqual({
      code: 'invalid-value',
      message: `the value of ${name} is not a database credential: ${what}`,
    });
  });

  it('that holds nothing but a generated password is not ready', () => {
    expect(codeAndMessage({ password: canary })).toEqual({
      code: 'not-ready',
      message: `${name} has been generated but not rotated yet, so its database user does not exist: wait for the first rotation`,
    });
  });

  it('that is another JSON object keeps its fields, also where they are named like methods', () => {
    const secret = parse({ id: 'client', key: canary, toJSON: 'x', nested: { deep: [1] } }) as JsonSecret<
      Record<string, unknown>
    >;
    expect(secret).toBeInstanceOf(JsonSecret);
    expect(secret.fields['key']).toBe(canary);
    expect(secret.fields['toJSON']).toBe('x');
    expect(() => (secret.fields['nested'] as { deep: number[] }).deep.push(2)).toThrow(TypeError);
  });

  it.each([canary, '"quoted"', '[1]', '7', '{"broken'])('that is no JSON object is text: %s', (text) => {
    expect((parse(text) as TextSecret).text).toBe(text);
  });
});

describe('a value in the wrong place', () => {
  it.each([
    ['a credential', parse(stored)],
    ['a JSON secret', parse({ id: 'client', key: canary })],
    ['the fields of a JSON secret', (parse({ id: 'client', key: canary }) as JsonSecret).fields],
    [
      'fields that are named like methods',
      (parse({ constructor: { name: canary }, toJSON: canary, toString: canary }) as JsonSecret).fields,
    ],
    ['a text secret', parse(canary)],
  ])('%s shows nothing secret when it is printed, serialised or copied', (_what, value) => {
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

  it('still says which login it is', () => {
    expect(inspect(parse(stored))).toBe(
      "DatabaseCredential {\n  engine: 'postgres',\n  host: 'db.internal',\n  port: 5432,\n  dbname: 'orders',\n  username: 'orders_app',\n  password: '[redacted]'\n}",
    );
    expect(inspect(parse(canary))).toBe("TextSecret { text: '[redacted]' }");
  });

  it('can not be changed', () => {
    expect(() => Object.assign(parse(stored), { password: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(parse(canary), { more: 1 })).toThrow(TypeError);
  });
});

describe('a refused login', () => {
  it.each([
    [Object.assign(new Error('x'), { code: '28P01' }), true],
    [Object.assign(new Error('x'), { code: '28000' }), true],
    [Object.assign(new Error('x'), { code: 'ER_ACCESS_DENIED_ERROR' }), true],
    [new Error('WRONGPASS invalid username-password pair or user is disabled.'), true],
    [new Error('NOAUTH Authentication required.'), true],
    [new Error('pool', { cause: Object.assign(new Error('x'), { code: '28P01' }) }), true],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), false],
    [Object.assign(new Error('permission denied for table'), { code: '42501' }), false],
    ['28P01', false],
    [undefined, false],
  ])('case %#', (error, expected) => {
    expect(isLoginFailure(error)).toBe(expected);
  });
});
