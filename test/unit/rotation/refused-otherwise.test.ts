/** Point 22: a refused login has many causes, and only a wrong password justifies another one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { secretTag } from '../../../lib/contract/index.ts';
import { adminTag, canary, refusalOf, RotationBench } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
  bench.addAdmin();
});

describe.each([
  ['disabled', 'user-disabled'],
  ['expired', 'login-refused-otherwise'],
  ['host', 'login-refused-otherwise'],
  ['certificate', 'login-refused-otherwise'],
  ['limit', 'login-refused-otherwise'],
  ['policy', 'login-refused-otherwise'],
] as const)('a user whose password is right and whose login is refused: %s', (kind, expected) => {
  it('stays as it is, and the rotation says why', async () => {
    const arn = bench.working(adminTag);
    await bench.run(arn, 'createSecret');
    bench.database.setBarrier('app', { kind, detail: 'for a reason of the test' });

    const [code, message] = await refusalOf(bench.run(arn, 'setSecret'));

    expect(code).toBe(expected);
    expect(message).toContain('for a reason of the test');
    expect(bench.database.users.get('app')).toMatchObject({ passwords: [canary], barrier: { kind } });
  });

  it('stays as it is where the rotation is rolled back', async () => {
    const arn = bench.working(adminTag);
    await bench.run(arn, 'createSecret');
    bench.database.setBarrier('app', { kind, detail: 'for a reason of the test' });

    await bench.roll('rollBack', arn).catch(() => undefined);

    expect(bench.database.users.get('app')).toMatchObject({ passwords: [canary], barrier: { kind } });
  });
});

describe.each([
  ['single-user', 'postgres', { [secretTag.provision]: 'public=read-only' }],
  ['alternating-users', 'postgres', {}],
  ['dual-password', 'mysql', {}],
  ['single-user', 'mongo', {}],
] as const)('before an admin changes anything: %s on %s', (strategy, engine, tags) => {
  beforeEach(() => {
    bench = new RotationBench({ engine });
    bench.addAdmin();
  });
  const begin = async () => {
    const arn = bench.working({ ...adminTag, ...tags, [secretTag.strategy]: strategy });
    await bench.run(arn, 'createSecret');
    return arn;
  };

  it.each([
    ['disabled', 'user-disabled'],
    ['expired', 'login-refused-otherwise'],
    ['host', 'login-refused-otherwise'],
    ['certificate', 'login-refused-otherwise'],
    ['policy', 'login-refused-otherwise'],
  ] as const)('a user in use who is kept out stops it: %s', async (kind, expected) => {
    const arn = await begin();
    bench.database.setBarrier('app', { kind, detail: 'for a reason of the test' });
    const before = [...bench.database.users];

    expect((await refusalOf(bench.run(arn, 'setSecret')))[0]).toBe(expected);

    expect([...bench.database.users]).toEqual(before);
    expect(bench.database.failedLogins).toBe(0);
  });

  it('all connections of the user in use being taken stops it only where that user gets the password', async () => {
    const arn = await begin();
    bench.database.setBarrier('app', { kind: 'limit', detail: 'all connections are taken' });

    const outcome = bench.run(arn, 'setSecret');

    if (strategy === 'alternating-users') expect(await outcome).toBe('clone-created');
    else expect((await refusalOf(outcome))[0]).toBe('login-refused-otherwise');
  });
});

describe('a user who may not change its own password', () => {
  const begin = async (tags = {}) => {
    const arn = bench.working(tags);
    await bench.run(arn, 'createSecret');
    bench.database.changesItself = false;
    return arn;
  };

  it('gets the new one from the declared admin', async () => {
    const arn = await begin(adminTag);

    expect(await bench.run(arn, 'setSecret')).toBe('reset-by-admin');

    expect(bench.logsIn(arn, 'AWSPENDING')).toBe(true);
    expect(bench.database.failedLogins).toBe(0);
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });

  it('keeps the old one where no admin is declared', async () => {
    const arn = await begin();
    expect((await refusalOf(bench.run(arn, 'setSecret')))[0]).toBe('database-privilege');
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });
});

it('a password that was changed past the secret is still set by the admin', async () => {
  const arn = bench.working(adminTag);
  await bench.run(arn, 'createSecret');
  bench.database.setPassword('app', 'changed by hand');

  expect(await bench.run(arn, 'setSecret')).toBe('reset-by-admin');
});
