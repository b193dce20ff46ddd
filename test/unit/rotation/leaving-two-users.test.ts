/** A strategy that changes: nobody who has a credential that is still valid loses a right, and no user is left behind. */
import { beforeEach, describe, expect, it } from 'vitest';
import { alternateUser, secretTag, type DatabaseEngine, type RotationStrategy } from '../../../lib/contract/index.ts';
import { objectionIn } from '../../_helpers/foresight.ts';
import { adminTag, canary, facts, refusalOf, RotationBench, tokenOf } from '../../_helpers/rotation-bench.ts';

const clone = alternateUser(facts.username, facts.username);
const tagsOf = (strategy: RotationStrategy, engine: DatabaseEngine) => ({
  ...adminTag,
  [secretTag.engine]: engine,
  [secretTag.username]: facts.username,
  [secretTag.strategy]: strategy,
  ...(strategy !== 'single-user' && { [secretTag.grace]: '24h' }),
});

let bench: RotationBench;
let arn: string;

const start = async (engine: DatabaseEngine): Promise<void> => {
  bench = new RotationBench({ engine });
  bench.addAdmin();
  arn = bench.working(tagsOf('alternating-users', engine));
  await bench.runAll(arn);
  expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: clone });
  // What an operator gave the user in use since.
  bench.database.giveRoles(clone, ['reporting']);
};

const leave = (strategy: RotationStrategy): void => {
  bench.secrets.configure(arn, { tags: tagsOf(strategy, bench.database.engine) });
};

describe.each([
  ['single-user', 'postgres'],
  ['single-user', 'mysql'],
  ['single-user', 'mongo'],
  ['dual-password', 'mysql'],
  ['dual-password', 'redis'],
] as const)('two users become %s on %s while the second one is in use', (strategy, engine) => {
  beforeEach(() => start(engine));

  it('leaves the first user alone until its grace time is over', async () => {
    leave(strategy);

    expect(objectionIn(await bench.check(arn))?.code).toBe('rotation-waits');
    bench.secrets.startRotation(arn, tokenOf('early'));
    expect((await refusalOf(bench.run(arn, 'createSecret', tokenOf('early'))))[0]).toBe('within-grace');
    expect(bench.database.accepts({ username: facts.username, password: canary })).toBe(true);
  });

  it('goes back to the first user with all rights, keeps the second one for its grace time, then ends it', async () => {
    leave(strategy);
    bench.pass(25);

    expect((await bench.rotateTo(arn, 'second'))[1]).toBe('clone-renewed');

    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: facts.username });
    expect(bench.database.users.get(facts.username)?.roles).toContain('reporting');
    expect([bench.logsIn(arn, 'AWSCURRENT'), bench.logsIn(arn, 'AWSPREVIOUS')]).toEqual([true, true]);
    expect(bench.database.users.get(clone)?.roles).toContain('reporting');

    // No rotation hides the second user from the sweep.
    bench.pass(1);
    bench.secrets.startRotation(arn, tokenOf('third'));
    expect((await refusalOf(bench.run(arn, 'createSecret', tokenOf('third'))))[0]).toBe('within-grace');

    bench.pass(24);
    expect(await bench.sweep()).toMatchObject({ failed: 0, discarded: 1 });
    expect(bench.database.users.has(clone)).toBe(false);
    expect((await bench.rotateTo(arn, 'fourth')).at(-1)).toBe('promoted');
    expect(bench.database.failedLogins).toBe(0);
  });
});

describe('two users become single-user', () => {
  beforeEach(() => start('postgres'));

  it('without an admin is refused in one sentence, also by a preflight, and changes nothing', async () => {
    const { [secretTag.admin]: _admin, ...tags } = tagsOf('single-user', 'postgres');
    bench.secrets.configure(arn, { tags });
    bench.pass(25);
    const before = [...bench.database.users];

    expect(objectionIn(await bench.check(arn))?.code).toBe('username-changed');
    bench.secrets.startRotation(arn, tokenOf('second'));
    await bench.run(arn, 'createSecret', tokenOf('second'));
    const [code, message] = await refusalOf(bench.run(arn, 'setSecret', tokenOf('second')));

    expect(code).toBe('username-changed');
    expect(message).toContain('no admin is declared');
    expect([...bench.database.users]).toEqual(before);
  });
});

it('an admin that names another user changes nobody’s password', async () => {
  bench = new RotationBench();
  bench.database.addUser('master', canary, { createsRoles: true });
  arn = bench.secret({ ...facts, username: 'master', password: canary }, { [secretTag.strategy]: 'admin' });
  bench.secrets.configure(arn, {
    lastRotatedAt: new Date('2025-12-01T00:00:00Z'),
    tags: { [secretTag.strategy]: 'admin', [secretTag.username]: 'other' },
  });
  bench.database.addUser('other', 'of the other');

  expect(objectionIn(await bench.check(arn))?.code).toBe('username-changed');
  await bench.run(arn, 'createSecret');
  expect((await refusalOf(bench.run(arn, 'setSecret')))[0]).toBe('username-changed');
  expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
});
