/** Point 3: a rotation that ends in a refusal leaves no AWSPENDING that makes Secrets Manager refuse the next one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { randomPasswords } from '../../../lambdas/databases/passwords.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { adminTag, canary, facts, refusalOf, RotationBench, tokenOf } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;
const alternating = { ...adminTag, [secretTag.strategy]: 'alternating-users' };

beforeEach(() => {
  bench = new RotationBench();
  bench.addAdmin();
});

const pendingOf = (arn: string) => bench.secrets.labelled(arn).filter(({ stage }) => stage === 'AWSPENDING').length;

describe('a refusal before a value is stored gives the empty version up', () => {
  it('within the grace time', async () => {
    const arn = bench.working({ ...alternating, [secretTag.grace]: '24h' });
    await bench.runAll(arn);
    bench.secrets.startRotation(arn, tokenOf('early'));

    expect((await refusalOf(bench.run(arn, 'createSecret', tokenOf('early'))))[0]).toBe('within-grace');

    expect(pendingOf(arn)).toBe(0);
    bench.pass(24);
    expect((await bench.rotateTo(arn, 'on-time')).at(-1)).toBe('promoted');
  });

  it.each([
    ['value-missing', () => bench.secret(undefined)],
    ['value-not-json', () => bench.secret('canary')],
    ['strategy-impossible', () => bench.working({ [secretTag.strategy]: 'alternating-users' })],
    ['credential-copied', () => bench.secret({ ...facts, password: canary, dsn: `user=app;pwd=${canary}` })],
    ['user-missing', () => bench.secret({ ...facts, password: canary }, alternating)],
    ['database-auth', () => bench.secret({ ...facts, password: canary })],
  ] as const)('%s', async (code, prepare) => {
    const arn = prepare();

    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe(code);

    expect(pendingOf(arn)).toBe(0);
    bench.secrets.startRotation(arn, tokenOf('next'));
  });

  it('and the refusal is told also where the label can not be taken away', async () => {
    const arn = bench.working({ [secretTag.strategy]: 'alternating-users' });
    bench.at = ({ operation }) => (operation === 'versions.removeLabel' ? 'lose-answer' : 'go');
    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('strategy-impossible');
  });

  it('and not where a retry can help', async () => {
    const arn = bench.working(adminTag);
    bench.database.fault = new DatabaseError('network', 'not there', { retryable: true });

    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('database-network');

    expect(pendingOf(arn)).toBe(1);
  });

  it('and never one that has a value', async () => {
    const arn = bench.working(alternating);
    await bench.run(arn, 'createSecret');
    bench.secrets.configure(arn, { tags: { [secretTag.strategy]: 'alternating-users' } });

    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('pending-not-ours');

    expect(pendingOf(arn)).toBe(1);
  });
});

describe('the sweep', () => {
  it('gives up an empty version that was left for an hour, whatever is wrong with its tags', async () => {
    const arn = bench.working({ [secretTag.engine]: 'postgres', [secretTag.strategy]: 'no strategy' });
    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('tags-invalid');
    expect(pendingOf(arn)).toBe(1);
    bench.pass(2);

    expect(await bench.sweep()).toMatchObject({ stuck: 0, failed: 0 });

    expect(pendingOf(arn)).toBe(0);
  });

  it('leaves one that has a value, and calls it stuck', async () => {
    const arn = bench.working({ [secretTag.engine]: 'postgres' });
    await bench.run(arn, 'createSecret');
    bench.pass(2);

    expect(await bench.sweep()).toMatchObject({ stuck: 1 });

    expect(pendingOf(arn)).toBe(1);
  });
});

describe.each(['mysql', 'mariadb'] as const)('a policy for passwords on %s', (engine) => {
  beforeEach(() => {
    bench = new RotationBench({ engine });
    bench.addAdmin();
    bench.ports = { ...bench.ports, passwords: randomPasswords };
  });
  const policy = { minLength: 60, special: 5 };

  it.each([
    ['by the user', {}],
    ['by the admin', adminTag],
  ])('is kept, without a failed login, %s', async (_who, tags) => {
    const arn = bench.working(tags);
    bench.database.policy = policy;

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');

    expect(String(bench.stored(arn, 'AWSCURRENT')['password'])).toHaveLength(60);
    expect(bench.database.failedLogins).toBe(0);
  });

  it('stops nothing where the current password is wrong: the one before it may be right', async () => {
    const arn = bench.working();
    await bench.runAll(arn);
    const before = bench.stored(arn, 'AWSCURRENT') as { username: string; password: string };
    bench.secrets.cancelRotation(arn);
    bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), JSON.stringify({ ...before, password: 'wrong' }));

    expect((await bench.rotateTo(arn, 'next')).at(-1)).toBe('promoted');
  });

  it.each([
    ['single-user', {}],
    ['single-user', adminTag],
    ['alternating-users', adminTag],
  ] as const)(
    'that comes after createSecret ends the rotation, and the next one keeps it: %s',
    async (strategy, tags) => {
      const arn = bench.working({ ...tags, [secretTag.strategy]: strategy });
      await bench.run(arn, 'createSecret');
      bench.database.policy = policy;

      const [code, message] = await refusalOf(bench.run(arn, 'setSecret'));

      expect(code).toBe('password-refused');
      expect(message).toContain('the pending version was given up');
      expect(pendingOf(arn)).toBe(0);
      expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
      expect((await bench.rotateTo(arn, 'next')).at(-1)).toBe('promoted');
    },
  );

  it('keeps the pending version where no current credential is left to return to', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    bench.database.policy = policy;
    const { database } = bench.ports;
    bench.ports = {
      ...bench.ports,
      database: {
        ...database,
        changeOwnPassword: (...all) =>
          database.changeOwnPassword(...all).finally(() => {
            bench.database.setPassword('app', 'changed by hand');
          }),
      },
    };

    const [code, message] = await refusalOf(bench.run(arn, 'setSecret'));

    expect(code).toBe('password-refused');
    expect(message).toContain('repair --back');
    expect(bench.secrets.value(arn, 'AWSPENDING')).toBeDefined();
  });
});
