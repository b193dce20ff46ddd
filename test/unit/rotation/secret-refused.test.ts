import { beforeEach, describe, expect, it } from 'vitest';
import { secretTag, type RotationStep } from '../../../lib/contract/index.ts';
import {
  adminTag,
  canary,
  facts,
  refusalOf,
  RotationBench,
  secretName as name,
  token,
} from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
});

const refusal = (arn: string, step: RotationStep = 'createSecret') => refusalOf(bench.run(arn, step));

describe('a secret is refused', () => {
  it('where it does not exist', async () => {
    expect(await refusal('arn:nothing')).toEqual(['value-missing', 'There is no secret arn:nothing']);
  });

  it('where it is of another environment', async () => {
    const arn = bench.secrets.create('prod/payments/orders-db', { value: '{}' });
    expect(await refusal(arn)).toEqual([
      'secret-outside-environment',
      'Secret prod/payments/orders-db is not of environment dev: its tag strongroom:environment is missing, and its name does not start with "dev/"',
    ]);
  });

  it('where its tag names another environment, whatever its name begins with', async () => {
    const tags = { [secretTag.environment]: 'prod' };
    const arn = bench.secrets.create('dev/payments/orders-db-2', { value: '{}', tags });
    expect(await refusal(arn)).toEqual([
      'secret-outside-environment',
      'Secret dev/payments/orders-db-2 is not of environment dev: its tag strongroom:environment is prod',
    ]);
  });

  it('but not for a name of its own, where its tag names the environment', async () => {
    const arn = bench.secrets.create('legacy/orders', { value: '{}', tags: { [secretTag.environment]: 'dev' } });
    expect(await refusal(arn)).toEqual(['token-unknown', `Secret legacy/orders has no version ${token}`]);
  });

  it('where rotation is off', async () => {
    const arn = bench.working();
    bench.secrets.configure(arn, { rotationEnabled: false });
    expect(await refusal(arn)).toEqual(['rotation-off', `Rotation of secret ${name} is off: turn it on, then rotate`]);
  });

  it('where the token is no version of it', async () => {
    const arn = bench.secrets.create(name, { value: JSON.stringify({ ...facts, password: canary }) });
    expect(await refusal(arn)).toEqual(['token-unknown', `Secret ${name} has no version ${token}`]);
  });

  it('where another rotation took the place of this one', async () => {
    const value = JSON.stringify({ ...facts, password: canary });
    const arn = bench.secrets.create(name, { value, versionId: token });
    bench.secrets.put(arn, 'put-by-hand-1', '{"password":"canary-1"}');
    expect((await refusal(arn))[0]).toBe('superseded');
  });

  it('where it has no value', async () => {
    expect(await refusal(bench.secret(undefined))).toEqual([
      'value-missing',
      `Secret ${name} has no AWSCURRENT value to rotate: put one, then rotate`,
    ]);
  });

  it.each(['canary, not JSON', '"canary"', '[1]', 'null'])('where its value is %s', async (value) => {
    expect(await refusal(bench.secret(value))).toEqual([
      'value-not-json',
      `The value of secret ${name}, AWSCURRENT is not a JSON object; expected {"username": …, "password": …}`,
    ]);
  });

  it.each([
    [
      { host: undefined, username: undefined },
      'lacks a usable host, username: give them in the catalog or in the value',
    ],
    [{ host: '/var/run/postgresql' }, 'lacks a usable host: give it in the catalog or in the value'],
    [{ ssl: 'prefer' }, 'has ssl that is text of 6 characters; expected true or false'],
    [{ servername: 7 }, 'has servername that is a number; expected the host name in the certificate'],
    [{ ca: 7 }, 'has ca that is a number; expected certificates in PEM'],
    [
      { host: 'db.internal:5432' },
      'has a port in its host (text of 16 characters): write the name alone, and the port in',
    ],
    [{ host: '[::1]:5432' }, 'has a port in its host (text of 10 characters): write the name alone, and the port in'],
    [{ host: 'db.internal:' }, 'has a port in its host (text of 12 characters)'],
    [{ host: '[::1]' }, 'has brackets around its host (text of 5 characters): write the address alone'],
    [{ host: ' db.internal\n' }, 'has whitespace around its host (text of 13 characters): remove it'],
    [{ host: 'postgres://u:canary@db' }, 'has a URL as its host (text of 22 characters): write the host name alone'],
    [{ host: 'db.internal.' }, 'has a dot at the end of its host (text of 12 characters): leave the dot out'],
    [{ host: 'canary host' }, 'lacks a usable host: give it in the catalog or in the value'],
    [{ port: '' }, 'has an empty port: leave the key out for 5432, or write a number'],
    [{ port: 'canary' }, 'has port as text of 6 characters; expected a number from 1 to 65535'],
    [{ port: ' 5432' }, 'has port as text of 5 characters; expected a number from 1 to 65535'],
    [{ port: '0x1538' }, 'has port as text of 6 characters; expected a number from 1 to 65535'],
    [{ port: 70_000 }, 'has port as a number; expected a number from 1 to 65535'],
    [{ port: null }, 'has port as null; expected a number from 1 to 65535'],
    [
      { host: 'db:5432', port: '', username: '' },
      'has a port in its host (text of 7 characters): write the name alone, and the port in the key port; has an empty port: leave the key out for 5432, or write a number; lacks a usable username: give it',
    ],
    [{ username: 'ü'.repeat(32) }, 'of 64 bytes; PostgreSQL takes at most 63'],
    [
      { ssl: false },
      'has ssl false, but TLS is off only if the secret has the tag strongroom:tls "disable": write tls: disable in the catalog, or ssl true',
    ],
  ])('where its value has %j', async (more, message) => {
    const [code, text] = await refusal(bench.secret({ ...facts, ...more, password: canary }));
    expect(code).toBe('value-incomplete');
    expect(text).toContain(`The value of secret ${name} `);
    expect(text).toContain(message);
  });

  it('where its value begins with a byte order mark', async () => {
    expect(await refusal(bench.secret(`\uFEFF${JSON.stringify({ ...facts, password: canary })}`))).toEqual([
      'value-not-json',
      `The value of secret ${name}, AWSCURRENT begins with a byte order mark (U+FEFF), which JSON does not allow: store it as UTF-8 without one`,
    ]);
  });

  it.each([
    ['mysql', '"mysql"'],
    ['aurora-mysql', '"aurora-mysql"'],
    ['canary-password', 'that is text of 15 characters'],
    [7, 'that is a number'],
  ])('where its value is for engine %j', async (engine, shown) => {
    expect(await refusal(bench.secret({ ...facts, engine, password: canary }))).toEqual([
      'engine-mismatch',
      `The value of secret ${name} is for engine ${shown}, but this function rotates postgres`,
    ]);
  });

  it('where AWSCURRENT has no password', async () => {
    expect(await refusal(bench.secret({ ...facts }))).toEqual([
      'value-incomplete',
      `The value of secret ${name} lacks a usable password: give it in the catalog or in the value`,
    ]);
  });

  it('where RDS does not manage the admin that it names', async () => {
    bench.instances.add('orders', { host: 'h', port: 1 });
    const tags = { [secretTag.rds]: 'orders', [secretTag.admin]: 'rds' };
    expect(await refusal(bench.secret({ ...facts, password: canary }, tags))).toEqual([
      'admin-missing',
      'RDS does not manage the master credential of instance orders: turn on ManageMasterUserPassword, or name an admin secret',
    ]);
  });

  it('where its instance is not known', async () => {
    const [code] = await refusal(bench.secret({ ...facts, password: canary }, { [secretTag.rds]: 'unknown' }));
    expect(code).toBe('instance-unknown');
  });

  it('where the admin’s secret is not there', async () => {
    expect(await refusal(bench.working(adminTag))).toEqual([
      'admin-missing',
      "The admin's secret dev/payments/admin does not exist or has no value",
    ]);
  });

  it('where a step comes before createSecret', async () => {
    const arn = bench.working();
    expect(await refusal(arn, 'setSecret')).toEqual([
      'pending-without-value',
      `Version ${token} of secret ${name} has no value: createSecret comes first`,
    ]);
    expect((await refusal(arn, 'finishSecret'))[0]).toBe('pending-without-value');
  });
});
