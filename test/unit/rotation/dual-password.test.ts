import { beforeEach, describe, expect, it } from 'vitest';
import { secretTag, type DatabaseEngine } from '../../../lib/contract/index.ts';
import { adminTag, canary, facts, refusalOf, RotationBench, tokenOf } from '../../_helpers/rotation-bench.ts';

const dual = { [secretTag.strategy]: 'dual-password', [secretTag.grace]: '24h' };

const benchFor = (engine: DatabaseEngine) => {
  const bench = new RotationBench({ engine });
  const tags = { ...dual, [secretTag.engine]: engine, ...(engine !== 'elasticache' && adminTag) };
  if (engine !== 'elasticache') bench.addAdmin();
  return { bench, arn: bench.working(tags) };
};

describe.each(['mysql', 'redis', 'elasticache'] as const)('point 16: dual-password on %s', (engine) => {
  let bench: RotationBench;
  let arn: string;

  beforeEach(() => {
    ({ bench, arn } = benchFor(engine));
  });

  it('keeps the old password valid beside the new one, until the grace time is over', async () => {
    expect(await bench.runAll(arn)).toEqual(['stored', 'added', 'pending-logs-in', 'promoted']);
    expect([bench.logsIn(arn, 'AWSCURRENT'), bench.logsIn(arn, 'AWSPREVIOUS')]).toEqual([true, true]);
    expect(bench.database.failedLogins).toBe(0);

    bench.pass(23);
    expect(await bench.sweep()).toMatchObject({ discarded: 0 });
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(true);

    bench.pass(1);
    expect(await bench.sweep()).toMatchObject({ discarded: 1, failed: 0 });
    expect(bench.database.users.get('app')?.passwords).toEqual(['generated-1']);
    expect(bench.secrets.value(arn, 'AWSPREVIOUS')).toBeUndefined();
    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
  });

  it('never drops the current password where a change is repeated', async () => {
    await bench.run(arn, 'createSecret');
    bench.at = ({ operation }) => (operation === 'database.commit' ? 'lose-answer' : 'go');
    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ retryable: true });
    bench.at = () => 'go';

    await bench.run(arn, 'setSecret');
    expect([bench.logsIn(arn, 'AWSCURRENT'), bench.logsIn(arn, 'AWSPENDING')]).toEqual([true, true]);
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });

  it('is not rotated within the grace time, which would end the old password', async () => {
    await bench.runAll(arn);
    await expect(bench.rotateTo(arn, 'early')).rejects.toMatchObject({ code: 'within-grace', retryable: false });
    bench.pass(24);
    expect((await bench.rotateTo(arn, 'on-time')).at(-1)).toBe('promoted');
  });

  it('sets the new password again where somebody took it away', async () => {
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    bench.database.setPassword('app', canary);

    expect((await refusalOf(bench.run(arn, 'testSecret')))[0]).toBe('pending-refused');
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });

  it('leaves the new password to the next rotation where this one is given up: it may be promoted this very moment', async () => {
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');

    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });

    expect(bench.database.accepts({ username: 'app', password: canary })).toBe(true);
    expect((await bench.rotateTo(arn, 'after')).at(-1)).toBe('promoted');
    expect(bench.database.users.get('app')?.passwords).toEqual([expect.any(String), canary]);
  });
});

describe('dual-password', () => {
  it('gives a user of a generated secret its first password, without one to keep', async () => {
    const bench = new RotationBench({ engine: 'mysql' });
    bench.addAdmin();
    const place = { [secretTag.host]: facts.host, [secretTag.port]: String(facts.port) };
    const tags = { ...dual, ...adminTag, ...place, [secretTag.username]: 'app' };
    bench.database.addUser('app', 'unknown to all');
    const arn = bench.secret({ password: canary }, tags);
    expect((await bench.runAll(arn))[1]).toBe('reset-by-admin');
    expect(bench.database.users.get('app')?.passwords).toEqual(['generated-1']);
  });

  it('does not discard anything while the next rotation is on its way', async () => {
    const { bench, arn } = benchFor('redis');
    await bench.runAll(arn);
    bench.pass(25);
    bench.secrets.startRotation(arn, tokenOf('next'));
    await bench.run(arn, 'createSecret', tokenOf('next'));
    await bench.run(arn, 'setSecret', tokenOf('next'));

    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
    expect([bench.logsIn(arn, 'AWSCURRENT'), bench.logsIn(arn, 'AWSPENDING')]).toEqual([true, true]);
  });
});

describe.each([
  ['single-user', 'mysql'],
  ['single-user', 'redis'],
  ['single-user', 'elasticache'],
  ['alternating-users', 'mysql'],
  ['alternating-users', 'redis'],
] as const)('dual-password becomes %s on %s', (strategy, engine) => {
  const leave = ({ bench, arn }: ReturnType<typeof benchFor>): void => {
    const admin = engine === 'elasticache' ? {} : adminTag;
    const grace = strategy === 'alternating-users' ? { [secretTag.grace]: '24h' } : {};
    const tags = { ...admin, ...grace, [secretTag.engine]: engine, [secretTag.strategy]: strategy };
    bench.secrets.configure(arn, { tags: { ...tags, [secretTag.username]: 'app' } });
  };

  it('ends the old password after its grace time, without a rotation', async () => {
    const { bench, arn } = benchFor(engine);
    await bench.runAll(arn);
    leave({ bench, arn });

    bench.pass(23);
    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
    expect(bench.database.accepts({ username: 'app', password: canary })).toBe(true);
    bench.pass(2);
    expect(await bench.sweep()).toMatchObject({ discarded: 1, failed: 0 });

    expect(bench.database.accepts({ username: 'app', password: canary })).toBe(false);
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
    expect(await bench.sweep()).toMatchObject({ discarded: 0, failed: 0 });
  });

  it('leaves the only valid password alone where a wrong value was put by hand', async () => {
    const { bench, arn } = benchFor(engine);
    await bench.runAll(arn);
    leave({ bench, arn });
    const current = bench.stored(arn, 'AWSCURRENT') as { password: string };
    bench.secrets.put(arn, tokenOf('by-hand'), JSON.stringify({ ...current, password: 'canary-wrong' }));

    bench.pass(25);
    await bench.sweep();

    expect(bench.database.accepts({ username: 'app', password: current.password })).toBe(true);
    expect(bench.database.accepts({ username: 'app', password: 'canary-wrong' })).toBe(false);
  });
});
