import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { commonOwner } from '../../_helpers/modelled-users.ts';
import { adminTag, canary, facts, RotationBench, secretName as name, tokenOf } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;
const engine = { [secretTag.engine]: 'postgres' };
const alternating = {
  ...engine,
  ...adminTag,
  [secretTag.strategy]: 'alternating-users',
  [secretTag.grace]: '24h',
};

beforeEach(() => {
  bench = new RotationBench();
  bench.addAdmin();
});

const rotated = async (): Promise<string> => {
  const arn = bench.working(alternating);
  bench.database.addUser('app', canary, { owns: ['orders'], sessions: 2 });
  await bench.runAll(arn);
  return arn;
};

describe('point 17: a user whose grace time is over is revoked', () => {
  it('is blocked and its sessions end, and it comes back at its next turn', async () => {
    const arn = await rotated();
    bench.pass(24);

    expect(await bench.sweep()).toEqual({
      secrets: 1,
      discarded: 1,
      failed: 0,
      stuck: 0,
      overdue: 0,
      secondPasswords: 0,
    });

    expect(bench.database.users.get('app')).toMatchObject({ blocked: true, sessions: 0 });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
    expect(bench.secrets.value(arn, 'AWSPREVIOUS')).toBeUndefined();
    expect((await bench.rotateTo(arn, 'next')).at(-1)).toBe('promoted');
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: 'app' });
  });

  it('is dropped where the secret left alternating-users, and who comes after it owns what it owned', async () => {
    const arn = await rotated();
    bench.secrets.configure(arn, { tags: { ...engine, ...adminTag, [secretTag.username]: 'app_clone' } });
    bench.database.owners.set('orders', 'app');
    bench.pass(24);

    expect(await bench.sweep()).toMatchObject({ discarded: 1, failed: 0 });

    expect(bench.database.users.has('app')).toBe(false);
    expect(bench.database.owners.get('orders')).toBe('app_clone');
  });

  it.each(['database.commit', 'versions.removeLabel'])(
    'a crash at %s is carried on an hour later',
    async (operation) => {
      const arn = await rotated();
      bench.pass(24);
      bench.at = (point) => (point.operation === operation ? 'lose-answer' : 'go');
      expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 1 });
      bench.at = () => 'go';
      bench.pass(1);

      await bench.sweep();

      expect(bench.database.users.get('app')).toMatchObject({ blocked: true, sessions: 0 });
      expect(bench.secrets.value(arn, 'AWSPREVIOUS')).toBeUndefined();
    },
  );

  it('sessions that do not end are a failure, which is counted for its secret', async () => {
    await rotated();
    bench.database.clinging.add('app');
    bench.pass(24);

    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 1 });

    expect(bench.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'Credential not discarded',
        secret: name,
        outcome: 'sessions-remain',
      }),
    );
    expect(bench.lines).toContainEqual(expect.objectContaining({ secret: name, failed: true }));
  });
});

describe('point 14: what is not over its grace time is left alone', () => {
  it('until it is', async () => {
    const arn = await rotated();
    bench.pass(23.9);
    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(true);
  });

  it('where its user is the one whose turn has come', async () => {
    const arn = await rotated();
    bench.pass(25);
    bench.secrets.startRotation(arn, tokenOf('next'));
    await bench.run(arn, 'createSecret', tokenOf('next'));
    await bench.run(arn, 'setSecret', tokenOf('next'));

    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });

    expect(bench.logsIn(arn, 'AWSPENDING')).toBe(true);
  });

  it('where the strategy has no grace time: AWSPREVIOUS may mend a wrong value', async () => {
    const arn = bench.working(engine);
    await bench.runAll(arn);
    bench.pass(100);
    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
    expect(bench.secrets.value(arn, 'AWSPREVIOUS')).toBeDefined();
  });

  it('without reading the values of secrets whose tags do not promise anything, days later', async () => {
    const arn = bench.working(engine);
    await bench.runAll(arn);
    bench.pass(24 + 72);
    bench.operations.length = 0;
    await bench.sweep();
    expect(new Set(bench.operations)).toEqual(new Set(['versions.list', 'versions.unmark']));
    expect(bench.secrets.value(arn, 'AWSPREVIOUS')).toBeDefined();
  });
});

describe('what the outgoing user still makes', () => {
  it('belongs to the role of both after the next sweep, within the grace time and at its end', async () => {
    const arn = await rotated();
    bench.database.owners.set('made within the grace time', 'app');
    bench.pass(1);

    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });

    expect(bench.database.owners.get('made within the grace time')).toBe(commonOwner('app'));
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(true);
    bench.database.owners.set('made at its end', 'app');
    bench.pass(24);
    expect(await bench.sweep()).toMatchObject({ discarded: 1, failed: 0 });
    expect(bench.database.owners.get('made at its end')).toBe(commonOwner('app'));
    bench.operations.length = 0;
    bench.pass(1);
    await bench.sweep();
    expect(bench.operations).not.toContain('database.login');
  });

  it('stays where it is while the next rotation is on its way', async () => {
    const arn = await rotated();
    bench.database.owners.set('made meanwhile', 'app');
    bench.pass(25);
    bench.secrets.startRotation(arn, tokenOf('next'));
    await bench.run(arn, 'createSecret', tokenOf('next'));
    await bench.sweep();
    expect(bench.database.owners.get('made meanwhile')).toBe('app');
  });
});

describe('the sweep', () => {
  it('goes on after a secret that fails, the oldest first', async () => {
    await rotated();
    const broken = bench.secrets.create('dev/payments/broken', { value: 'canary, not JSON', tags: alternating });
    bench.secrets.put(broken, 'put-by-hand'.padEnd(36, '0'), 'canary, still not JSON');
    bench.pass(24);

    expect(await bench.sweep()).toMatchObject({ secrets: 2, discarded: 1, failed: 1 });
    expect(JSON.stringify(bench.lines)).not.toContain('canary');
  });

  it.each([
    ['of the default network', undefined, 'dev/payments/here', ['environment', 'engine']],
    ['of another network', 'data', 'dev/payments/there', ['environment', 'engine', 'network']],
  ] as const)(
    'leaves secrets to the functions of their networks, as that %s',
    async (_which, network, own, dimensions) => {
      for (const [name, tags] of [
        ['dev/payments/here', engine],
        ['dev/payments/there', { ...engine, [secretTag.network]: 'data' }],
        ['dev/payments/elsewhere', { ...engine, [secretTag.network]: 'data-2' }],
      ] as const) {
        bench.secrets.configure(bench.secrets.create(name, { tags }), {
          nextRotationAt: new Date('2026-01-01T01:00:00Z'),
        });
      }
      bench.pass(2);

      expect(await bench.sweep(network)).toMatchObject({ secrets: 1, overdue: 1, failed: 0 });

      expect(bench.lines.filter(({ message }) => message === 'Secret needs somebody')).toMatchObject([{ secret: own }]);
      expect(bench.lines.findLast(({ message }) => message === 'Rotation measured')).toMatchObject({
        ...(network !== undefined && { network }),
        _aws: { CloudWatchMetrics: [{ Dimensions: [dimensions] }] },
      });
    },
  );

  it('stops where there is no more time, and says how many are left', async () => {
    await rotated();
    bench.pass(24);
    bench.attemptsLeft = 0;
    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
    expect(bench.lines).toContainEqual(expect.objectContaining({ level: 'warn', left: 1 }));
    bench.attemptsLeft = 50;
    expect(await bench.sweep()).toMatchObject({ discarded: 1 });
  });

  it('counts what is stuck and what is overdue, for each application and together, and names the secrets', async () => {
    const tags = { ...engine, [secretTag.strategy]: 'single-user', [secretTag.application]: 'payments' };
    await bench.run(bench.working(tags), 'createSecret');
    const off = bench.secrets.create('dev/payments/off', { tags });
    bench.secrets.configure(off, { rotationEnabled: false });
    const late = bench.secrets.create('dev/orders/late', { tags: { ...engine, [secretTag.application]: 'orders' } });
    bench.secrets.configure(late, { nextRotationAt: new Date('2026-01-01T01:00:00Z') });
    bench.pass(2);

    expect(await bench.sweep()).toEqual({
      secrets: 3,
      discarded: 0,
      failed: 0,
      stuck: 1,
      overdue: 2,
      secondPasswords: 0,
    });

    const metrics = bench.lines.filter(({ message }) => message === 'Rotation measured');
    expect(metrics).toHaveLength(3);
    expect(metrics[0]).toMatchObject({ application: 'payments', RotationStuck: 1, RotationOverdue: 1 });
    expect(metrics[1]).toMatchObject({ application: 'orders', RotationStuck: 0, RotationOverdue: 1 });
    const named = bench.lines.filter(({ message }) => message === 'Secret needs somebody');
    expect(named.map(({ secret, stuck, overdue }) => ({ secret, stuck, overdue }))).toEqual([
      { secret: name, stuck: true, overdue: false },
      { secret: 'dev/payments/off', stuck: false, overdue: true },
      { secret: 'dev/orders/late', stuck: false, overdue: true },
    ]);
    expect(metrics.at(-1)).toMatchObject({
      environment: 'dev',
      engine: 'postgres',
      RotationStuck: 1,
      RotationOverdue: 2,
      DiscardFailed: 0,
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Strongroom',
            Dimensions: [['environment', 'engine']],
            Metrics: [
              { Name: 'RotationStuck', Unit: 'Count' },
              { Name: 'RotationOverdue', Unit: 'Count' },
              { Name: 'DiscardFailed', Unit: 'Count' },
              { Name: 'SecondPassword', Unit: 'Count' },
            ],
          },
        ],
      },
    });
  });

  it('calls no rotation stuck that has only begun', async () => {
    bench.working(engine);
    bench.pass(0.5);
    expect(await bench.sweep()).toMatchObject({ stuck: 0 });
  });

  it('asks nothing of secrets of another engine', async () => {
    bench.database.addUser('app', canary);
    bench.secret({ ...facts, password: canary }, { [secretTag.engine]: 'mysql' });
    expect(await bench.sweep()).toMatchObject({ secrets: 0 });
  });
});

describe('a password that someone left valid next to the current one', () => {
  const dualBench = async (strategy: 'single-user' | 'dual-password', alsoValid: string | undefined) => {
    bench = new RotationBench({ engine: 'mysql' });
    bench.addAdmin();
    const tags = { [secretTag.engine]: 'mysql', ...adminTag, [secretTag.strategy]: strategy };
    const arn = bench.working({ ...tags, ...(strategy === 'dual-password' && { [secretTag.grace]: '24h' }) });
    await bench.runAll(arn);
    const { password } = bench.stored(arn, 'AWSCURRENT') as { password: string };
    bench.database.addUser('app', password, { ...(alsoValid !== undefined && { alsoValid }) });
    return arn;
  };
  const lines = () => bench.lines.filter(({ message }) => message === 'Surplus credential found');

  it('is counted and logged once a day, and stays', async () => {
    await dualBench('single-user', 'canary-by-hand');
    bench.pass(1);
    expect(await bench.sweep()).toMatchObject({ secondPasswords: 1, discarded: 0, failed: 0 });
    expect(lines()).toMatchObject([{ level: 'warn', secret: name, code: 'second-password' }]);
    expect(bench.lines.find(({ message }) => message === 'Rotation measured')).toMatchObject({ SecondPassword: 1 });
    expect(JSON.stringify(bench.lines)).not.toContain('canary');
    expect(bench.database.users.get('app')?.passwords).toContain('canary-by-hand');

    bench.pass(1);
    bench.operations.length = 0;
    expect(await bench.sweep()).toMatchObject({ secondPasswords: 0 });
    expect(bench.operations).not.toContain('database.login');
    bench.pass(23);
    expect(await bench.sweep()).toMatchObject({ secondPasswords: 1 });
  });

  it.each([
    ['there is none', 'single-user', undefined],
    ['the rotation left it', 'dual-password', canary],
  ] as const)('is not counted if %s', async (_why, strategy, alsoValid) => {
    await dualBench(strategy, alsoValid);
    bench.pass(1);
    expect(await bench.sweep()).toMatchObject({ secondPasswords: 0, failed: 0 });
    expect(lines()).toEqual([]);
  });

  it('is not searched while a rotation is in progress', async () => {
    const arn = await dualBench('single-user', 'canary-by-hand');
    bench.pass(1);
    bench.secrets.startRotation(arn, tokenOf('next'));
    expect(await bench.sweep()).toMatchObject({ secondPasswords: 0 });
  });

  it('is no failure of the sweep if the database does not answer', async () => {
    await dualBench('single-user', 'canary-by-hand');
    bench.pass(1);
    const { database } = bench.ports;
    const unreachable = () => Promise.reject(new DatabaseError('network', 'no connection', { retryable: true }));
    bench.ports = { ...bench.ports, database: { ...database, checkAdmin: unreachable } };
    expect(await bench.sweep()).toMatchObject({ secondPasswords: 0, failed: 0 });
    expect(bench.lines).toContainEqual(
      expect.objectContaining({ message: 'Surplus credentials not searched', outcome: 'database-network' }),
    );
  });
});
