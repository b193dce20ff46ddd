import { beforeEach, describe, expect, it } from 'vitest';
import { secretTag } from '../../../lib/contract/index.ts';
import { commonOwner } from '../../_helpers/modelled-users.ts';
import { adminTag, canary, facts, refusalOf, RotationBench, tokenOf } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;
const alternating = { ...adminTag, [secretTag.strategy]: 'alternating-users' };
const withGrace = { ...alternating, [secretTag.engine]: 'postgres', [secretTag.grace]: '24h' };

beforeEach(() => {
  bench = new RotationBench();
  bench.addAdmin();
});

describe('alternating-users', () => {
  it('gives the turn to the second user, and never touches the one in use', async () => {
    const arn = bench.working(alternating);

    expect(await bench.runAll(arn)).toEqual(['stored', 'clone-created', 'pending-logs-in', 'promoted']);

    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: 'app_clone' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(true);
    expect(await bench.rotateTo(arn, 'second')).toEqual(['stored', 'clone-renewed', 'pending-logs-in', 'promoted']);
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: 'app' });
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(true);
    expect(bench.database.failedLogins).toBe(0);
  });

  it('takes four connections: a look at each of the two users, the change, the test', async () => {
    const arn = bench.working(alternating);
    await bench.runAll(arn);
    bench.operations.length = 0;
    await bench.rotateTo(arn, 'second');
    expect(bench.count('database.login')).toBe(4);
    expect(bench.count('versions')).toBe(14);
  });

  it('creates its first user where there is none yet', async () => {
    const tags = {
      ...alternating,
      [secretTag.host]: facts.host,
      [secretTag.username]: 'app',
      [secretTag.provision]: 'public=read-write',
    };
    const arn = bench.secret({ password: canary }, tags);
    expect((await bench.runAll(arn))[1]).toBe('created-by-admin');
    expect((await bench.rotateTo(arn, 'second'))[1]).toBe('clone-created');
    expect(bench.database.users.get('app_clone')?.grants).toBe('public=read-write');
  });

  it('is impossible without an admin, and stores nothing then', async () => {
    const arn = bench.working({ [secretTag.strategy]: 'alternating-users' });
    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('strategy-impossible');
    expect(bench.secrets.value(arn, 'AWSPENDING')).toBeUndefined();
  });

  it('repeats a change whose answer was lost, through the admin, without a failed login', async () => {
    const arn = bench.working(alternating);
    await bench.run(arn, 'createSecret');
    bench.at = ({ operation }) => (operation === 'database.commit' ? 'lose-answer' : 'go');
    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: 'database-network' });
    bench.at = () => 'go';

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
    expect(bench.database.failedLogins).toBe(0);
  });

  it('does not touch a user that a value put by hand has brought into use', async () => {
    const arn = bench.working(alternating);
    await bench.run(arn, 'createSecret');
    bench.database.addUser('app_clone', 'put by hand');
    const value = JSON.stringify({ ...facts, username: 'app_clone', password: 'put by hand' });
    bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), value);

    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: 'superseded' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);

    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
    expect((await bench.rotateTo(arn, 'after'))[1]).toBe('clone-renewed');
  });

  it('changes nothing where AWSCURRENT moved between the look and the lock', async () => {
    const arn = bench.working(alternating);
    await bench.run(arn, 'createSecret');
    bench.at = ({ operation }) => {
      const value = JSON.stringify({ ...facts, username: 'app_clone', password: 'put by hand' });
      if (operation === 'database.lock') bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), value);
      return 'go';
    };
    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: 'superseded', retryable: true });
    expect(bench.database.users.has('app_clone')).toBe(false);
  });

  it('leaves everything as it is where the new credential is refused after it was set', async () => {
    const arn = bench.working(alternating);
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    bench.database.setPassword('app_clone', 'changed by hand');
    await expect(bench.run(arn, 'testSecret')).rejects.toMatchObject({ code: 'pending-refused', retryable: true });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });
});

describe('point 13: two users with equal rights', () => {
  it('what the one in use has is added to the other, what it has not is removed', async () => {
    const arn = bench.working(alternating);
    bench.database.addUser('app', canary, { roles: ['reporting'] });
    bench.database.addUser('app_clone', 'old', { roles: ['left-over'], owns: ['orders'] });

    await bench.runAll(arn);

    expect([...bench.database.users.get('app_clone')!.roles]).toEqual(['reporting', commonOwner('app')]);
    expect(bench.database.owners.get('orders')).toBe(commonOwner('app'));
  });
});

describe('point 14: the two users are not rotated within the overlap', () => {
  it('a second rotation is refused until the grace time is over', async () => {
    const arn = bench.working(withGrace);
    await bench.runAll(arn);
    bench.pass(23);
    bench.secrets.startRotation(arn, tokenOf('early'));

    const [code, message] = await refusalOf(bench.run(arn, 'createSecret', tokenOf('early')));
    expect(code).toBe('within-grace');
    expect(message).toContain('stays valid until 2026-01-02T00:00:00.000Z (grace 24h)');
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(true);

    bench.pass(1);
    expect((await bench.rotateTo(arn, 'on-time')).at(-1)).toBe('promoted');
  });

  it('an operator can force it', async () => {
    const arn = bench.working(withGrace);
    await bench.runAll(arn);
    const forced = 'forced-11111111-2222-3333-4444-555555555555';
    bench.secrets.startRotation(arn, forced);
    expect((await bench.runAll(arn, forced)).at(-1)).toBe('promoted');
  });

  it('a value put by hand begins the time anew', async () => {
    const arn = bench.working(withGrace);
    await bench.runAll(arn);
    bench.pass(25);
    bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), JSON.stringify(bench.stored(arn, 'AWSCURRENT')));
    await bench.sweep();
    await expect(bench.rotateTo(arn, 'early')).rejects.toMatchObject({ code: 'within-grace', retryable: false });
  });

  it('the first rotation has nothing to wait for', async () => {
    expect((await bench.runAll(bench.working(withGrace))).at(-1)).toBe('promoted');
  });
});
