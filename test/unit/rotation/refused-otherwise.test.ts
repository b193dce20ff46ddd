/** Point 22: a refused login has many causes, and only a wrong password justifies another one. */
import { beforeEach, describe, expect, it } from 'vitest';
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

it('a password that was changed past the secret is still set by the admin', async () => {
  const arn = bench.working(adminTag);
  await bench.run(arn, 'createSecret');
  bench.database.setPassword('app', 'changed by hand');

  expect(await bench.run(arn, 'setSecret')).toBe('reset-by-admin');
});
