/** What the engine makes of the rules of Secrets Manager: points 1 to 7 of a correct rotation. */
import { beforeEach, describe, expect, it } from 'vitest';
import { markPending } from '../../../lambdas/rotation/core/pending-mark.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { adminName, adminTag, canary, facts, masterArn, RotationBench, token } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
});

describe('point 1: at createSecret the pending version has no value', () => {
  it('gets the facts of the tags over the value in use, with unknown keys kept and a new password', async () => {
    bench.instances.add('orders', { host: 'orders.rds.internal', port: 5433, masterSecretArn: masterArn });
    bench.database.addUser('master', 'master-password', { createsRoles: true });
    const tags = { 'aws:rds:primaryDBInstanceArn': 'arn:aws:rds:eu-west-1:111122223333:db:orders' };
    bench.secrets.create('rds!db-1', {
      value: JSON.stringify({ username: 'master', password: 'master-password' }),
      tags,
    });
    const arn = bench.secret(
      { ...facts, password: canary, region: 'eu-west-1', ssl: false },
      {
        [secretTag.engine]: 'postgres',
        [secretTag.rds]: 'orders',
        [secretTag.dbname]: 'shop',
        [secretTag.username]: 'shop_app',
        [secretTag.admin]: 'rds',
        [secretTag.provision]: 'public=read-write',
        [secretTag.tlsServerName]: 'db.example.com',
      },
    );

    expect(await bench.run(arn, 'createSecret')).toBe('stored');

    expect(bench.stored(arn, 'AWSPENDING')).toEqual({
      engine: 'postgres',
      host: 'orders.rds.internal',
      port: 5433,
      dbInstanceIdentifier: 'orders',
      dbname: 'shop',
      username: 'shop_app',
      password: 'generated-1',
      masterarn: masterArn,
      region: 'eu-west-1',
      servername: 'db.example.com',
    });
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ password: canary });
  });

  it('keeps the keys that it has: no engine, port and database are invented where nobody names them', async () => {
    bench.database.addUser('app', canary);
    const arn = bench.secret({ password: canary, host: 'db.internal', username: 'app' });
    await bench.run(arn, 'createSecret');
    expect(bench.stored(arn, 'AWSPENDING')).toEqual({ password: 'generated-1', host: 'db.internal', username: 'app' });
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it('gets every key that a login needs where it is a lone password', async () => {
    bench.addAdmin();
    bench.database.addUser('app', 'nobody-knows');
    const arn = bench.secret(
      { password: canary },
      { ...adminTag, [secretTag.host]: facts.host, [secretTag.username]: 'app' },
    );
    await bench.run(arn, 'createSecret');
    expect(bench.stored(arn, 'AWSPENDING')).toEqual({
      ...facts,
      dbname: 'postgres',
      password: 'generated-1',
      masterarn: adminName,
    });
  });

  it('gets what the catalog declares, and keeps a port that is text', async () => {
    bench.database.addUser('app', canary);
    const value = { password: canary, host: 'db.internal', username: 'app', port: '5432', note: 'kept' };
    const arn = bench.secret(value, { [secretTag.engine]: 'postgres', [secretTag.dbname]: 'orders' });
    await bench.run(arn, 'createSecret');
    expect(bench.stored(arn, 'AWSPENDING')).toEqual({
      ...value,
      password: 'generated-1',
      engine: 'postgres',
      dbname: 'orders',
    });
  });

  it('has no database where the engine has none, and TLS off where the catalog says so', async () => {
    bench = new RotationBench({ engine: 'redis' });
    bench.addAdmin();
    const { dbname: _dbname, ...place } = facts;
    bench.database.addUser('app', canary);
    const arn = bench.secret(
      { ...place, engine: 'valkey', password: canary },
      { ...adminTag, [secretTag.tls]: 'disable' },
    );
    await bench.run(arn, 'createSecret');
    expect(bench.stored(arn, 'AWSPENDING')).toEqual({
      ...place,
      engine: 'redis',
      password: 'generated-1',
      masterarn: adminName,
      ssl: false,
    });
  });
});

describe('point 2: a version keeps its first value', () => {
  it('so a second createSecret adopts what the first one stored', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    expect(await bench.run(arn, 'createSecret')).toBe('adopted');
    expect(bench.stored(arn, 'AWSPENDING')).toMatchObject({ password: 'generated-1' });
  });

  it('so createSecret adopts what another worker stored between its look and its put', async () => {
    const arn = bench.working();
    const { versions } = bench.ports;
    const value = JSON.stringify({ ...facts, password: 'of-the-other' });
    await markPending({ ports: bench.ports, secret: await versions.describe(arn), token }, value);
    await versions.storePending(arn, token, value);
    let looks = 0;
    const read: typeof versions.read = async (id, version) =>
      'versionId' in version && (looks += 1) === 1 ? undefined : versions.read(id, version);
    bench.ports = { ...bench.ports, versions: { ...versions, read } };

    expect(await bench.run(arn, 'createSecret')).toBe('adopted');
    expect(bench.stored(arn, 'AWSPENDING')).toMatchObject({ password: 'of-the-other' });
  });
});

describe('point 3: a version that is pending and not current blocks the next rotation', () => {
  it('so every retry ends it with the same value', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    expect(() => {
      bench.secrets.startRotation(arn, 'another-rotation'.padEnd(36, '0'));
    }).toThrow('a previous rotation is not complete');

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');

    expect(await bench.rotateTo(arn, 'next')).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);
  });
});

describe('point 4: testSecret alone tests the configuration and changes nothing', () => {
  const provisioned = {
    ...adminTag,
    [secretTag.host]: facts.host,
    [secretTag.username]: 'app',
    [secretTag.provision]: 'public=read-only',
  };

  it('before the first rotation it asks the admin', async () => {
    bench.addAdmin();
    const arn = bench.secret({ password: canary }, provisioned);

    expect(await bench.run(arn, 'testSecret')).toBe('configuration-holds');

    expect(bench.database.users.has('app')).toBe(false);
    expect(bench.secrets.value(arn, 'AWSPENDING')).toBeUndefined();
    expect(bench.database.failedLogins).toBe(0);
  });

  it('later it logs in with the current credential', async () => {
    expect(await bench.run(bench.working(), 'testSecret')).toBe('configuration-holds');
  });

  it('a copy of the current value under the token is the same', async () => {
    bench.addAdmin();
    const arn = bench.secret({ password: canary }, provisioned);
    await bench.ports.versions.storePending(arn, token, JSON.stringify({ password: canary }));
    expect(await bench.run(arn, 'testSecret')).toBe('configuration-holds');
  });

  it('it fails where the configuration does not hold', async () => {
    const arn = bench.working();
    bench.database.setPassword('app', 'unknown to all');
    await expect(bench.run(arn, 'testSecret')).rejects.toMatchObject({ code: 'database-auth' });
  });
});

describe('point 5: steps come twice, late and out of order', () => {
  it('a rotation that is done is done when it is asked for again', async () => {
    const arn = bench.working();
    await bench.runAll(arn);
    const { logins } = bench.database;

    expect(await bench.runAll(arn)).toEqual(Array(4).fill('already-current'));
    expect(bench.database.logins).toBe(logins);
  });

  it('a value that can not be read yet right after it was stored is waited for', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    let reads = 0;
    bench.at = ({ operation }) => (operation === 'versions.read' && (reads += 1) < 3 ? 'stale' : 'go');

    expect(await bench.run(arn, 'setSecret')).toBe('changed');
  });

  it('setSecret of a version that another worker promoted meanwhile changes nothing', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    const versionId = 'initial-dev/payments/orders-db'.padEnd(32, '0');
    bench.at = ({ operation }) => {
      if (operation === 'database.lock') void bench.secrets.port().promote(arn, { from: versionId, to: token });
      return 'go';
    };

    expect(await bench.run(arn, 'setSecret')).toBe('already-finished');
    expect(bench.database.accepts({ username: 'app', password: canary })).toBe(true);
  });
});

describe('point 6: AWSCURRENT moves by compare-and-swap', () => {
  it('nothing is promoted that does not log in', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');

    await expect(bench.run(arn, 'finishSecret')).rejects.toMatchObject({ code: 'database-auth' });
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ password: canary });
  });

  it('what another process saw log in is proven once more', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    const { logins } = bench.database;

    expect(await bench.run(arn, 'finishSecret')).toBe('promoted');
    expect(bench.database.logins).toBe(logins + 1);
  });

  it('a login that was seen more than a minute ago is proven once more', async () => {
    const arn = bench.working();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await bench.run(arn, step);
    bench.database.setPassword('app', 'changed since');
    bench.pass(0.02);

    await expect(bench.run(arn, 'finishSecret')).rejects.toMatchObject({ code: 'database-auth' });
  });

  it('a label that keeps moving is for a retry', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    const { versions } = bench.ports;
    bench.ports = { ...bench.ports, versions: { ...versions, promote: () => Promise.resolve('moved-elsewhere') } };

    await expect(bench.run(arn, 'finishSecret')).rejects.toMatchObject({ code: 'superseded', retryable: true });
  });
});

describe('point 7: a value put by hand counts as a rotation', () => {
  it('and a step of the rotation before it that comes late changes nothing', async () => {
    const arn = bench.working();
    await bench.runAll(arn);
    bench.database.setPassword('app', 'put by hand');
    bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), JSON.stringify({ ...facts, password: 'put by hand' }));

    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: 'superseded' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it('and does not block the next rotation for longer than until the next sweep', async () => {
    const arn = bench.working({ [secretTag.engine]: 'postgres' });
    await bench.runAll(arn);
    bench.database.setPassword('app', 'put by hand');
    bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), JSON.stringify({ ...facts, password: 'put by hand' }));
    await expect(bench.rotateTo(arn, 'next')).rejects.toThrow('a previous rotation is not complete');

    await bench.sweep();

    expect((await bench.rotateTo(arn, 'next')).at(-1)).toBe('promoted');
  });

  it('and a rotation that was on its way goes on over it', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    bench.secrets.put(arn, 'put-by-hand-1', JSON.stringify({ ...facts, password: 'put by hand' }));

    expect(await bench.runAll(arn)).toEqual(['adopted', 'already-set', 'pending-logs-in', 'promoted']);
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ password: 'generated-1' });
  });
});

describe('the calls of a rotation that nothing disturbs', () => {
  it('are twelve to Secrets Manager and two logins, of which none fails', async () => {
    const arn = bench.working();
    await bench.runAll(arn);
    bench.pass(100);
    bench.operations.length = 0;

    await bench.rotateTo(arn, 'second');

    expect(bench.count('versions')).toBe(12);
    expect(bench.count('database.login')).toBe(2);
    expect(bench.database.failedLogins).toBe(0);
  });
});
