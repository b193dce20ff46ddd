/** What the engine makes of a database that fails: points 8 to 12 of a correct rotation. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import {
  adminTag,
  canary,
  facts,
  refusalOf,
  RotationBench,
  secretName as name,
} from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
});

describe('point 8: only a refused password justifies another credential', () => {
  it.each(['network', 'tls', 'locked', 'privilege', 'unknown'] as const)(
    'after a failure of kind %s no other is tried',
    async (kind) => {
      const arn = bench.working();
      await bench.run(arn, 'createSecret');
      bench.operations.length = 0;
      bench.database.fault = new DatabaseError(kind, 'injected', { retryable: false });

      await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: `database-${kind}` });
      expect(bench.count('database.login')).toBe(1);
    },
  );

  it('TLS is off only with tag and value, a name in the certificate and authorities come from the value', async () => {
    const addresses: unknown[] = [];
    const { database } = bench.ports;
    bench.ports = {
      ...bench.ports,
      database: {
        ...database,
        checkOwnPassword: (address, credential) => {
          if (!bench.isForeseeing) addresses.push(address.tls);
          return database.checkOwnPassword!(address, credential);
        },
      },
    };
    bench.database.addUser('app', canary);
    const alias = { ...facts, password: canary, servername: 'db.example.com', ca: 'PEM' };
    await bench.run(bench.secret(alias), 'testSecret');
    bench.secrets.configure(bench.secret(alias), { tags: { [secretTag.tls]: 'disable' } });
    await bench.run(bench.secret(alias, { [secretTag.tls]: 'disable' }), 'testSecret');

    expect(addresses).toEqual([{ mode: 'verify-full', servername: 'db.example.com', ca: 'PEM' }, { mode: 'off' }]);
  });

  it('TLS is on again as soon as the catalog does not say disable any more', async () => {
    bench.database.addUser('app', canary);
    const arn = bench.secret({ ...facts, ssl: false, password: canary }, { [secretTag.engine]: 'postgres' });
    await bench.run(arn, 'createSecret');
    expect(bench.stored(arn, 'AWSPENDING')).not.toHaveProperty('ssl');
  });
});

describe('point 9: a change whose answer was lost is looked at once before it is made again', () => {
  it('and where it was committed, no login fails', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    const { logins } = bench.database;
    bench.at = ({ operation }) => (operation === 'database.commit' ? 'lose-answer' : 'go');

    expect(await bench.run(arn, 'setSecret')).toBe('set-in-spite-of-error');
    expect([bench.database.logins - logins, bench.database.failedLogins]).toEqual([2, 0]);
  });
});

describe('point 10: a crash between setSecret and finishSecret', () => {
  it('is carried on by the retry, at the cost of one failed login', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');

    expect(await bench.runAll(arn)).toEqual(['adopted', 'already-set', 'pending-logs-in', 'promoted']);
    expect(bench.database.failedLogins).toBe(1);
  });
});

describe('point 11: before the first mutation everything needed is there', () => {
  const nothingStored = (arn: string): void => {
    expect(bench.secrets.value(arn, 'AWSPENDING')).toBeUndefined();
  };

  it('a first rotation stores nothing where the admin may not do what it must', async () => {
    bench.database.addUser('admin', 'admin-password');
    bench.secrets.create('dev/payments/admin', {
      value: JSON.stringify({ host: facts.host, username: 'admin', password: 'admin-password' }),
    });
    const arn = bench.working(adminTag);

    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('database-privilege');
    nothingStored(arn);
  });

  it.each(['network', 'tls', 'auth'] as const)(
    'a first rotation stores nothing after a failure of kind %s',
    async (kind) => {
      const arn = bench.working();
      bench.database.fault = new DatabaseError(kind, 'injected', { retryable: false });

      expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe(`database-${kind}`);
      nothingStored(arn);
    },
  );

  it('a first rotation whose value is stored already is not held up by the check', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    expect(await bench.run(arn, 'createSecret')).toBe('adopted');
  });

  it('a secret or key that may not be used stops the rotation before the database hears of it', async () => {
    const arn = bench.working();
    bench.at = ({ operation }) => (operation === 'versions.read' ? 'refuse' : 'go');
    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('aws-throttled');
    expect(bench.database.logins).toBe(0);
  });
});

describe('point 12: a pending password that is refused after it was set', () => {
  it('the old one is put back where neither logs in, and the retry ends the rotation', async () => {
    bench.addAdmin();
    bench.database.addUser('app', canary);
    const arn = bench.secret({ ...facts, password: canary }, adminTag);
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    bench.database.setPassword('app', 'changed by hand');

    await expect(bench.run(arn, 'testSecret')).rejects.toMatchObject({ code: 'pending-refused', retryable: true });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });

  it('the database is left alone where the current one still logs in', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');

    await expect(bench.run(arn, 'testSecret')).rejects.toThrow('the current one logs in and stays in use');
  });

  it('is not asked twice for the same: two failed logins at most', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    bench.database.setPassword('app', 'changed by hand');

    const [code] = await refusalOf(bench.run(arn, 'testSecret'));

    expect(code).toBe('no-credential-works');
    expect(bench.database.failedLogins).toBe(2);
  });

  it('says what to do where no stored password logs in and there is no admin', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    bench.database.setPassword('app', 'unknown to all');

    expect((await refusalOf(bench.run(arn, 'setSecret')))[1]).toBe(
      `Secret ${name}: user "app" logs in with none of the stored passwords, and no admin is declared; set its password to the AWSCURRENT one, or declare an admin, then rotate`,
    );
  });
});
