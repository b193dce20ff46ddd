import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { createPool } from 'mysql2';
import { Client } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConnectionString } from '../../../lambdas/rotation/core/connection-strings.ts';
import { rewriteCopies } from '../../../lambdas/rotation/core/copied-credentials.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import {
  adminTag,
  canary,
  facts,
  refusalOf,
  RotationBench,
  secretName as name,
} from '../../_helpers/rotation-bench.ts';

/** What the drivers read in a URL, without connecting. */
const read = {
  postgres: (url: string) => {
    const { user, password, host, database } = new Client({ connectionString: url });
    return { user, password, host, database };
  },
  mysql: (url: string) => {
    const pool = createPool(url);
    const { user, password } = (pool as unknown as { config: { connectionConfig: { user: string; password: string } } })
      .config.connectionConfig;
    pool.end();
    return { user, password };
  },
  mongo: (url: string) => {
    const { username, password } = new MongoClient(url).options.credentials!;
    return { user: username, password };
  },
};

const from = { username: 'app', password: canary };
const to = { username: 'app', password: 'new-Password_1' };
const rewrite = (value: object, next = to, before = from) =>
  rewriteCopies({ ...facts, password: before.password, ...value }, { from: before, to: next }, 'secret s');

describe('a connection string gets the new credential, and nothing else of it changes', () => {
  it.each([
    ['postgresql://app:OLD@db.internal:5432/orders?sslmode=verify-full#x'],
    ['postgres://app:OLD@db.internal/orders'],
    ['POSTGRES://app:OLD@db.internal/orders'],
    ['postgresql+psycopg2://app:OLD@a.internal,b.internal:5433/orders?target_session_attrs=read-write'],
    ['postgresql://db.internal/orders?user=app&password=OLD&connect_timeout=10'],
    ['mysql://app:OLD@db.internal:3306/orders?ssl={"rejectUnauthorized":true}'],
    ['mariadb://app:OLD@[::1]:3306/orders'],
    ['jdbc:postgresql://db.internal:5432/orders?user=app&password=OLD&ssl=true'],
    ['jdbc:postgresql:orders?user=app&password=OLD'],
    ['jdbc:mysql://db.internal:3306/orders?user=app&password=OLD'],
    ['jdbc:mysql:replication://w.internal,r.internal/orders?password=OLD&user=app'],
    ['jdbc:mariadb:sequential://w.internal/orders?user=app&password=OLD'],
    ['jdbc:aws-wrapper:postgresql://db.internal/orders?user=app&password=OLD'],
    ['jdbc:sqlserver://db.internal:1433;databaseName=orders;user=app;password=OLD;encrypt=true'],
    ['jdbc:sqlserver://db.internal\\SQL;userName={app};Password={OLD}'],
    ['redis://:OLD@cache.internal:6379/0'],
    ['rediss://app:OLD@cache.internal:6379/0'],
    ['mongodb://app:OLD@a.internal:27017,b.internal:27018/orders?replicaSet=rs0&authSource=admin'],
    ['mongodb+srv://app:OLD@cluster.internal/orders'],
  ])('%s', (form) => {
    const text = form.replace('OLD', canary);
    const expected = form.replace('OLD', to.password).replace('{new-Password_1}', 'new-Password_1');
    expect(rewrite({ url: text })).toEqual({ url: expected });
    expect(rewrite({ nested: { urls: [text, 7, null, true] } })).toEqual({
      nested: { urls: [expected, 7, null, true] },
    });
    expect(rewrite({ url: text }, from)).toEqual({ url: text });
  });

  it('takes the user of the other turn, also in a string without a password', () => {
    const next = { username: 'app_clone', password: 'new' };
    expect(
      rewrite(
        { url: `postgresql://app:${canary}@h/d`, plain: 'postgresql://app@h/d', jdbc: 'jdbc:mysql://h/d?user=app' },
        next,
      ),
    ).toEqual({
      url: 'postgresql://app_clone:new@h/d',
      plain: 'postgresql://app_clone@h/d',
      jdbc: 'jdbc:mysql://h/d?user=app_clone',
    });
  });

  it('leaves the string of another user with another password alone', () => {
    const others = {
      audit: 'postgresql://audit:else@h/d',
      site: 'https://user@example.com/',
      app: 'redis://app:else@h',
    };
    expect(rewrite(others, { username: 'app_clone', password: 'new' })).toEqual(others);
  });

  it('is not confused by a password that is a part of host, database or user', () => {
    const before = { username: 'postgres', password: 'postgres' };
    const value = {
      host: 'postgres.internal',
      dbname: 'postgres',
      url: 'postgres://postgres:postgres@postgres.internal/postgres',
    };
    expect(rewrite(value, { username: 'postgres', password: 'n/w' }, before)).toEqual({
      url: 'postgres://postgres:n%2Fw@postgres.internal/postgres',
    });
  });

  const hostile = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(...'@:/?#[]%+&=;{}\\"\'` !$'.split('')),
        fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
      ),
      minLength: 1,
      maxLength: 24,
    })
    .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

  it('whatever characters both passwords have: PostgreSQL, MySQL, MongoDB as their drivers read it', () => {
    fc.assert(
      fc.property(hostile, hostile, (old, next) => {
        const before = { username: 'app', password: old };
        const after = { username: 'app', password: next };
        const value = {
          dbname: 'd',
          host: 'h',
          pg: `postgresql://app:${encoded(old)}@h:5432/d`,
          my: `mysql://app:${encoded(old)}@h:3306/d`,
          mongo: `mongodb://app:${encoded(old)}@h:27017/d`,
        };
        let now;
        try {
          now = rewrite(value, after, before) as typeof value;
        } catch (error) {
          // A short password is found in what is around it, too; then nothing is changed.
          expect(old.length).toBeLessThan(6);
          expect((error as { code?: string }).code).toBe('credential-copied');
          return;
        }
        const credential = { user: 'app', password: next };
        expect(read.postgres(now.pg)).toEqual({ ...credential, host: 'h', database: 'd' });
        expect(read.mysql(now.my)).toEqual(credential);
        expect(read.mongo(now.mongo)).toEqual(credential);
      }),
      { numRuns: 500 },
    );
  });

  it('whatever characters both passwords have: SQL Server', () => {
    fc.assert(
      fc.property(hostile, hostile, (old, next) => {
        const braced = (text: string): string => `{${text.replaceAll('}', '}}')}}`;
        const url = `jdbc:sqlserver://h;user=app;password=${braced(old)};encrypt=true`;
        const found = parseConnectionString(url)!.slots.find(({ kind }) => kind === 'password')!;
        expect(found.meanings).toEqual([old]);
        const written = url.slice(0, found.start) + found.encode(next) + url.slice(found.end);
        const again = parseConnectionString(written)!;
        expect(again.slots.find(({ kind }) => kind === 'password')!.meanings).toEqual([next]);
        expect(again.rest).toEqual(['h', ';encrypt=true', '']);
      }),
    );
  });
});

describe('what holds the password in another form is refused by its key', () => {
  const odd = 'p@ss w0rd/"q"é';
  const before = { username: 'app', password: odd };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it.each([
    ['a copy', { copy: odd }, 'copy'],
    ['a copy in a list', { deep: { list: ['x', { pw: odd }] } }, 'deep.list[1].pw'],
    ['a longer text', { dsn: `host=h user=app password='${odd}'` }, 'dsn'],
    ['ADO.NET', { ado: `Server=h;User Id=app;Password=${odd};` }, 'ado'],
    ['a URL of no database', { amqp: `amqp://app:${encodeURIComponent(odd)}@h/` }, 'amqp'],
    ['percent-encoding', { form: `pw=${encodeURIComponent(odd)}` }, 'form'],
    ['form encoding', { form: new URLSearchParams({ pw: odd }).toString() }, 'form'],
    ['JSON in a text', { config: JSON.stringify({ password: odd }) }, 'config'],
    ['escapes of JSON', { config: '{"p":"p\\u0040ss w0rd\\/\\"q\\"\\u00e9"}' }, 'config'],
    ['base64', { basic: base64(odd) }, 'basic'],
    ['base64 of user and password', { auth: `Basic ${base64(`app:${odd}`)}` }, 'auth'],
    ['base64url', { auth: Buffer.from(`x:${odd}`).toString('base64url') }, 'auth'],
    ['base64 of a URL', { secret: base64(`postgresql://app:${encodeURIComponent(odd)}@h/d`) }, 'secret'],
    [
      'two URLs in one',
      { urls: `redis://app:${encodeURIComponent(odd)}@h,redis://app:${encodeURIComponent(odd)}@i` },
      'urls',
    ],
    ['a URL as the driver does not read it', { url: `postgresql://app:${odd}@h/d` }, 'url'],
    [
      'the options of a URL',
      { url: `postgresql://app:${encodeURIComponent(odd)}@h/d?sslpassword=${encodeURIComponent(odd)}` },
      'url',
    ],
    ['the user of a URL', { url: `postgresql://${encodeURIComponent(odd)}@h/d` }, 'url'],
    ['another user’s URL', { url: `postgresql://audit:${encodeURIComponent(odd)}@h/d` }, 'url'],
    ['MySQL’s form with parentheses', { url: `jdbc:mysql://(host=h,user=app,password=${odd})/d` }, 'url'],
    ['a JDBC URL without slashes', { url: `jdbc:postgresql:${encodeURIComponent(odd)}` }, 'url'],
    ['the database', { dbname: `host=h password=${odd}` }, 'dbname'],
    ['a key', { [odd]: 1 }, '…'],
    ['a number', { pin: 123456 }, 'pin', { username: 'app', password: '123456' }],
  ])('%s', (_title, value, key, credential = before) => {
    let message = '';
    try {
      rewrite(value, { username: 'app', password: 'new' }, credential);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(new RegExp(`^The value of secret s: key ${key.replace(/[[\].]/g, '\\$&')} `));
    expect(message).not.toContain(credential.password);
    expect(message).not.toContain('w0rd');
  });

  it.each(['user', 'DB_USER', 'userName', 'PGUSER'])('the user name alone in %s, where it changes', (key) => {
    expect(() => rewrite({ [key]: 'app' }, { username: 'app_clone', password: 'new' })).toThrow(
      `key ${key} has the user`,
    );
    expect(rewrite({ [key]: 'app' })).toEqual({ [key]: 'app' });
  });

  it('a URL with the password alone, where the user changes', () => {
    const url = `redis://:${canary}@h`;
    expect(() => rewrite({ url }, { username: 'app_clone', password: 'new' })).toThrow('without its user name');
  });

  it('a value that is nested without end', () => {
    let deep: unknown = canary;
    for (let level = 0; level < 4000; level++) deep = [deep];
    expect(() => rewrite({ deep })).toThrow('is nested too deeply');
  });

  it('whatever stands around the password, no key keeps it', () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, fc.string({ minLength: 8, maxLength: 20 }), (left, right, old) => {
        fc.pre(!'new'.includes(old));
        const forms = [old, encodeURIComponent(old), JSON.stringify(old).slice(1, -1), base64(old)];
        for (const form of forms) {
          const value = { one: `${left}\n${form}\n${right}` };
          expect(() =>
            rewrite(value, { username: 'app', password: 'new' }, { username: 'app', password: old }),
          ).toThrow('key one');
        }
      }),
    );
  });
});

describe('a rotation', () => {
  let bench: RotationBench;
  beforeEach(() => {
    bench = new RotationBench();
    bench.database.addUser(facts.username, canary);
  });
  const url = (user: string, password: string): string => `postgresql://${user}:${password}@db.internal:5432/orders`;

  it('rewrites URLs in every turn of two users', async () => {
    bench.addAdmin();
    const arn = bench.secret(
      { ...facts, password: canary, DATABASE_URL: url('app', canary) },
      { ...adminTag, [secretTag.strategy]: 'alternating-users', [secretTag.grace]: '1h' },
    );
    await bench.runAll(arn);
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ DATABASE_URL: url('app_clone', 'generated-1') });
    bench.pass(2);
    await bench.rotateTo(arn, 'second');
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: 'app', DATABASE_URL: url('app', 'generated-2') });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it('stops before anything is changed where another key keeps the password, and check says so before', async () => {
    const arn = bench.secret({ ...facts, password: canary, copy: canary });
    const { checks } = await bench.check(arn);
    const [failed] = checks.filter(({ outcome }) => outcome === 'failed');
    const [code, message] = await refusalOf(bench.run(arn, 'createSecret'));

    expect([code, message]).toEqual([
      'credential-copied',
      `The value of secret ${name}: key copy also holds the password in a form that a rotation does not rewrite: it would keep the old one. Take the key out and let the application use username and password, or write it as a URL with both`,
    ]);
    expect(failed).toMatchObject({ check: 'value', code, message });
    expect(bench.secrets.value(arn, 'AWSPENDING')).toBeUndefined();
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });
});
