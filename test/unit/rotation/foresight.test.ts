/** Point 28: a preflight predicts. Every rotation of the bench is held to it; here are the failures that it can't see. */
import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { RotationError } from '../../../lambdas/rotation/core/rotation-error.ts';
import { secretTag, type RotationStep } from '../../../lib/contract/index.ts';
import { Foresight, objectionIn } from '../../_helpers/foresight.ts';
import { adminTag, canary, facts, RotationBench, token, tokenOf } from '../../_helpers/rotation-bench.ts';
import { unforeseen } from '../../_helpers/unforeseen.ts';

const through = async (bench: RotationBench, arn: string, ...steps: RotationStep[]): Promise<void> => {
  for (const step of steps) await bench.run(arn, step);
};

/** How each of them comes, by step and code. */
const shown: Readonly<Record<string, (bench: RotationBench) => Promise<unknown>>> = {
  'createSecret rotation-off': (bench) => {
    const arn = bench.working();
    bench.secrets.configure(arn, { rotationEnabled: false });
    return bench.run(arn, 'createSecret');
  },
  'setSecret rotation-off': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret');
    bench.secrets.configure(arn, { rotationEnabled: false });
    return bench.run(arn, 'setSecret');
  },
  'createSecret token-unknown': (bench) => bench.run(bench.working(), 'createSecret', tokenOf('unknown')),
  'setSecret superseded': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret');
    bench.at = ({ operation }) => {
      if (operation === 'database.lock') bench.secrets.cancelRotation(arn);
      return 'go';
    };
    return bench.run(arn, 'setSecret');
  },
  'finishSecret superseded': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret', 'setSecret', 'testSecret');
    const { versions } = bench.ports;
    bench.ports = { ...bench.ports, versions: { ...versions, promote: () => Promise.resolve('moved-elsewhere') } };
    return bench.run(arn, 'finishSecret');
  },
  'setSecret pending-without-value': (bench) => bench.run(bench.working(), 'setSecret'),
  'finishSecret pending-without-value': (bench) => bench.run(bench.working(), 'finishSecret'),
  'setSecret password-refused': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret');
    bench.database.policy = { upper: 20 };
    return bench.run(arn, 'setSecret');
  },
  'testSecret replica-behind': async (bench) => {
    const arn = bench.working({ [secretTag.readReplicas]: 'replica.internal' });
    bench.database.addReplica('replica.internal', { lag: 10 });
    await through(bench, arn, 'createSecret', 'setSecret');
    return bench.run(arn, 'testSecret');
  },
  'setSecret master-password-pending': async (bench) => {
    bench.database.addUser('master', canary);
    bench.instances.add('db-1', { ...facts, masterUsername: 'master', looks: 1_000 });
    const tags = { [secretTag.rds]: 'db-1', [secretTag.strategy]: 'admin', [secretTag.username]: 'master' };
    const arn = bench.secret({ username: 'master', password: canary }, tags);
    await through(bench, arn, 'createSecret');
    return bench.run(arn, 'setSecret');
  },
  'testSecret pending-refused': async (bench) => {
    bench.addAdmin();
    const arn = bench.working(adminTag);
    await through(bench, arn, 'createSecret', 'setSecret');
    bench.database.setPassword('app', 'set by hand');
    return bench.run(arn, 'testSecret');
  },
  'testSecret no-credential-works': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret', 'setSecret');
    bench.database.setPassword('app', 'set by hand');
    return bench.run(arn, 'testSecret');
  },
  'testSecret database-locked': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret', 'setSecret');
    bench.database.setBarrier('app', { kind: 'limit', detail: 'all its connections are taken' });
    return bench.run(arn, 'testSecret');
  },
  'finishSecret database-auth': async (bench) => {
    const arn = bench.working();
    await through(bench, arn, 'createSecret', 'setSecret', 'testSecret');
    bench.database.setPassword('app', 'set by hand');
    bench.pass(1);
    return bench.run(arn, 'finishSecret');
  },
  'createSecret aws-denied': (bench) => {
    const arn = bench.working();
    bench.secrets.configure(arn, { lastRotatedAt: bench.now });
    denied(bench, 'storePending');
    return bench.run(arn, 'createSecret');
  },
  'finishSecret aws-denied': async (bench) => {
    const arn = bench.working();
    bench.secrets.configure(arn, { lastRotatedAt: bench.now });
    await through(bench, arn, 'createSecret', 'setSecret', 'testSecret');
    denied(bench, 'promote');
    return bench.run(arn, 'finishSecret');
  },
};

const denied = (bench: RotationBench, method: 'storePending' | 'promote'): void => {
  const refuse = () => Promise.reject(new RotationError('aws-denied', 'denied', { retryable: false }));
  bench.ports = { ...bench.ports, versions: { ...bench.ports.versions, [method]: refuse } };
};

const listed = unforeseen.flatMap(({ code, steps, why }) => steps.map((step) => [`${step} ${code}`, why] as const));

describe('what no preflight can see', () => {
  it.each(listed)('is needed on the list: %s, as %s', async (what) => {
    const bench = new RotationBench({ engine: what.includes('password-refused') ? 'mysql' : 'postgres' });

    const code = what.split(' ')[1];
    await expect(shown[what]!(bench)).rejects.toMatchObject({ code });

    expect(bench.foresight.unforeseen).toContain(what);
  });

  it('is on the list where a test shows it', () => {
    expect(Object.keys(shown).sort()).toEqual(listed.map(([what]) => what).sort());
  });
});

describe('a bench', () => {
  const failing = (code: string) => ({
    secret: 'dev/payments/orders-db',
    checks: [{ check: 'login', outcome: 'failed', code } as const],
    credentials: { current: 'refused' } as const,
  });
  const fine = { secret: 'dev/payments/orders-db', checks: [], credentials: { current: 'logs-in' } as const };
  const locked = () => Promise.reject(new DatabaseError('locked', 'it is locked', { retryable: false }));

  it('fails where a step fails that preflight called ok', async () => {
    const held = new Foresight().hold({ step: 'setSecret', token }, () => Promise.resolve(fine), locked);
    await expect(held).rejects.toThrow('preflight said ok, and then setSecret failed with database-locked');
  });

  it('fails where a rotation succeeds that preflight objected to', async () => {
    const foresight = new Foresight();
    const look = () => Promise.resolve(failing('database-locked'));
    await foresight.hold({ step: 'setSecret', token }, look, () => Promise.resolve('changed'));
    const held = foresight.hold({ step: 'finishSecret', token }, look, () => Promise.resolve('promoted'));
    await expect(held).rejects.toThrow('preflight said database-locked');
  });

  it('passes a failure on that preflight saw', async () => {
    const look = () => Promise.resolve(failing('database-locked'));
    const held = new Foresight().hold({ step: 'setSecret', token }, look, locked);
    await expect(held).rejects.toMatchObject({ code: 'database-locked' });
  });

  it('passes a failure on that the test made itself', async () => {
    const held = new Foresight().hold(
      { step: 'setSecret', token },
      () => Promise.resolve(fine),
      locked,
      () => true,
    );
    await expect(held).rejects.toMatchObject({ code: 'database-locked' });
  });
});

describe('a preflight objects', () => {
  const objection = async (bench: RotationBench, arn: string) => objectionIn(await bench.check(arn))?.code;
  const alternating = { ...adminTag, [secretTag.strategy]: 'alternating-users', [secretTag.grace]: '24h' };

  it.each([
    ['disabled', 'user-disabled'],
    ['limit', 'login-refused-otherwise'],
    ['policy', 'login-refused-otherwise'],
  ] as const)('where the user whose turn comes is kept out: %s', async (kind, code) => {
    const bench = new RotationBench();
    bench.addAdmin();
    const arn = bench.working(alternating);
    bench.database.addUser('app_clone', 'of the clone');
    bench.database.setBarrier('app_clone', { kind, detail: 'for a reason of the test' });

    bench.secrets.configure(arn, { lastRotatedAt: new Date('2025-12-01T00:00:00Z') });

    expect(await objection(bench, arn)).toBe(code);
    await bench.run(arn, 'createSecret');
    const before = bench.database.users.get('app_clone');
    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code });
    expect(bench.database.users.get('app_clone')).toEqual(before);
  });

  it.each(['expired', 'host', 'certificate'] as const)(
    'not to what the change makes equal on the user whose turn comes: %s',
    async (kind) => {
      const bench = new RotationBench();
      bench.addAdmin();
      const arn = bench.working(alternating);
      bench.database.addUser('app_clone', 'of the clone');
      bench.database.setBarrier('app_clone', { kind, detail: 'for a reason of the test' });

      expect(await objection(bench, arn)).toBeUndefined();
      expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
    },
  );

  it('within the grace time, with its end', async () => {
    const bench = new RotationBench();
    bench.addAdmin();
    const arn = bench.working(alternating);
    await bench.runAll(arn);

    const { notices, checks } = await bench.check(arn);

    expect(checks.every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(notices).toMatchObject([{ code: 'rotation-waits' }]);
    expect(notices?.[0]?.message).toContain('2026-01-02T00:00:00.000Z');
  });

  it('where the password is right and the login is refused all the same', async () => {
    const bench = new RotationBench({ engine: 'mysql' });
    bench.addAdmin();
    const arn = bench.working(adminTag);
    const { database } = bench.ports;
    const refused = new DatabaseError('auth', 'refused by the server', { retryable: false });
    const login: typeof database.login = (address, credential) =>
      credential.username === 'app' ? Promise.reject(refused) : database.login(address, credential);
    bench.ports = { ...bench.ports, database: { ...database, login } };

    expect(await objection(bench, arn)).toBe('login-refused-otherwise');
  });

  it('not where the password is wrong and an admin can set another', async () => {
    const bench = new RotationBench();
    bench.addAdmin();
    const arn = bench.working(adminTag);
    bench.database.setPassword('app', 'set by hand');

    expect(await objection(bench, arn)).toBeUndefined();
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });
});
