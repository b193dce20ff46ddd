import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { redisDatabase } from '../../../lambdas/databases/redis/database.ts';
import { act } from '../../../lambdas/rotation/actions/index.ts';
import { systemClock, type Clock } from '../../../lambdas/runtime/clock.ts';
import { randomPasswords } from '../../../lambdas/databases/passwords.ts';
import type { Credential, Database } from '../../../lambdas/databases/port.ts';
import type { RotationPorts } from '../../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../../lambdas/rotation/core/proofs.ts';
import { rotate } from '../../../lambdas/rotation/actions/rotate.ts';
import {
  rotationSteps,
  secretTag,
  type CheckReport,
  type RotationStrategy,
  type SweepReport,
} from '../../../lib/contract/index.ts';
import { startRedis, type LocalRedis } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { Foresight } from '../../_helpers/foresight.ts';
import { addressOf, addUser, adminRules, lineOf, openSession } from '../../_helpers/redis-server.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

const certificates = await createLocalCertificates();
const deadline = { remainingMs: () => 60_000 };
const trust = trustIn([certificates.ca]);
const adminName = 'dev/payments/cache-admin';
const hourMs = 3_600_000;
const patiently = { interval: 5 };

describe.each(['redis', 'valkey'] as const)('%s', (kind) => {
  let server: LocalRedis;
  let sequence = 0;
  let refusedToPreflight = 0;

  beforeAll(async () => {
    server = await startRedis({ server: kind, certificates });
  });
  afterAll(async () => {
    await server.stop();
  });

  /** A secret of a user, who is there, and the engine over them. */
  const platform = async (strategy: RotationStrategy) => {
    const user = { username: `app-${(sequence += 1)}`, password: 'the first password' };
    const admin = { username: `admin-${sequence}`, password: 'of the admin' };
    await addUser(
      server,
      user,
      ...(strategy === 'admin' ? adminRules : ['~app:*', '(~more:* +get)', '+@read', '+ping']),
    );
    await addUser(server, admin, ...adminRules);
    await server.command('ACL', 'LOG', 'RESET');
    refusedToPreflight = 0;

    let now = new Date('2026-01-01T00:00:00Z');
    const clock: Clock = { ...systemClock(deadline), now: () => now };
    const secrets = new SecretsManagerModel(() => now);
    const { host, port } = server;
    secrets.create(adminName, { value: JSON.stringify({ engine: 'redis', host, port, ...admin }) });
    const arn = secrets.create(`dev/payments/cache-${sequence}`, {
      value: JSON.stringify({ engine: 'redis', host, port, ...user }),
      tags: {
        [secretTag.engine]: 'redis',
        [secretTag.strategy]: strategy,
        [secretTag.host]: host,
        [secretTag.port]: String(port),
        [secretTag.username]: user.username,
        ...(strategy !== 'admin' && { [secretTag.admin]: adminName }),
        ...((strategy === 'alternating-users' || strategy === 'dual-password') && { [secretTag.grace]: '24h' }),
      },
    });
    let logins = 0;
    const counted = (database: Database): Database =>
      Object.fromEntries(
        Object.entries(database).map(([name, member]) => [
          name,
          typeof member !== 'function'
            ? (member as unknown)
            : (...args: unknown[]) => {
                logins += 1;
                return (member as (...all: unknown[]) => unknown)(...args);
              },
        ]),
      ) as unknown as Database;
    const ports: RotationPorts = {
      versions: secrets.port(),
      database: counted(redisDatabase({ trust, deadline })),
      instances: {
        describe: () => Promise.reject(new Error('not on RDS')),
        setMasterPassword: () => Promise.reject(new Error('not on RDS')),
      },
      passwords: randomPasswords,
      clock,
      proofs: recentProofs(clock),
    };
    const foresight = new Foresight();
    const actOn = async <Report>(request: Parameters<typeof act>[0]): Promise<Report> => {
      const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
      const options = { ports, environment: 'dev', log, onFacts: () => undefined };
      return (await act(request, options)).report as Report;
    };
    /** A preflight, whose logins are not the rotation's: it tries each credential, also one that is no longer valid. */
    const foresee = async (): Promise<CheckReport> => {
      const before = { logins, refused: await refusedByServer() };
      const report = await actOn<CheckReport>({ Action: 'check', SecretId: arn });
      logins = before.logins;
      refusedToPreflight += (await refusedByServer()) - before.refused;
      return report;
    };
    const valueOf = (stage: string) => JSON.parse(secrets.value(arn, stage) ?? '{}') as Partial<Credential>;
    return {
      user,
      ports,
      secrets,
      arn,
      valueOf,
      logins: () => logins,
      credential: (stage: string): Credential => {
        const { username = '', password = '' } = valueOf(stage);
        return { username, password };
      },
      pass: (hours: number): void => {
        now = new Date(now.getTime() + hours * hourMs);
      },
      rotate: async (word: string) => {
        const token = `token-${word}`.padEnd(36, '0');
        secrets.startRotation(arn, token);
        const outcomes = [];
        for (const Step of rotationSteps) {
          const request = { Step, SecretId: arn, ClientRequestToken: token };
          const run = () => rotate(request, ports, 'dev');
          outcomes.push(await foresight.hold({ step: Step, token }, foresee, run));
        }
        return outcomes;
      },
      check: () => actOn<CheckReport>({ Action: 'check', SecretId: arn }),
      sweep: () => actOn<SweepReport>({ Action: 'sweep' }),
    };
  };

  const accepts = (credential: Credential): Promise<boolean> =>
    redisDatabase({ trust, deadline })
      .login(addressOf(server), credential)
      .then(
        () => true,
        () => false,
      );
  /** Refused logins since the log was emptied. */
  const refusedByServer = async (): Promise<number> => {
    const log = (await server.command('ACL', 'LOG')) as { reason: string; count: number }[];
    return log.filter(({ reason }) => reason === 'auth').reduce((sum, { count }) => sum + count, 0);
  };
  const refused = async (): Promise<number> => (await refusedByServer()) - refusedToPreflight;

  it.each([
    ['single-user', 'reset-by-admin'],
    ['alternating-users', 'clone-created'],
    ['dual-password', 'added'],
    ['admin', 'changed'],
  ] as const)(
    'rotates by %s in four steps, a login for each look and change, and none refused',
    async (strategy, set) => {
      const { rotate: rotateTo, credential, logins, pass, user } = await platform(strategy);

      // The first one looks at the configuration as well.
      expect(await rotateTo('first')).toEqual(['stored', set, 'pending-logs-in', 'promoted']);
      expect(await accepts(credential('AWSCURRENT'))).toBe(true);
      pass(25);
      const before = logins();
      expect((await rotateTo('second')).at(-1)).toBe('promoted');

      // The change and the test; before it an admin looks at the user in use.
      // With two users, both are looked at before the change.
      const needed = { admin: 2, 'single-user': 3, 'dual-password': 3, 'alternating-users': 4 };
      expect(logins() - before).toBe(needed[strategy]);
      expect(await refused()).toBe(0);
      expect(await accepts(credential('AWSCURRENT'))).toBe(true);
      const untouched = strategy === 'alternating-users' || strategy === 'dual-password';
      expect(await accepts(credential('AWSPREVIOUS'))).toBe(untouched);
      if (strategy !== 'alternating-users') expect(await accepts(user)).toBe(false);
    },
  );

  it.each(['alternating-users', 'dual-password'] as const)(
    'by %s has each credential log in from before it is given out until its grace time is over',
    async (strategy) => {
      const { rotate: rotateTo, credential, pass, sweep } = await platform(strategy);
      let running = true;
      // An application that reads its secret rarely: it has the credential of the rotation before.
      let old = credential('AWSCURRENT');
      const clients = [1, 2].map(() => ({ turns: 0, accepted: 0, refused: 0 }));
      const use = async (client: (typeof clients)[number]): Promise<void> => {
        for (; running; client.turns++) {
          for (const held of [old, credential('AWSCURRENT')])
            client[(await accepts(held)) ? 'accepted' : 'refused'] += 1;
        }
      };
      const used = Promise.all(clients.map(use));
      /** Within a grace time every client has come to use a newer credential. */
      const graceTime = async (): Promise<void> => {
        old = credential('AWSCURRENT');
        const before = clients.map(({ turns }) => turns);
        await expect
          .poll(() => clients.every(({ turns }, index) => turns > (before[index] ?? 0)), patiently)
          .toBe(true);
        pass(25);
      };

      for (let round = 11; round <= 30; round++) {
        await rotateTo(`round-${round}`);
        await graceTime();
        expect(await sweep()).toMatchObject({ discarded: 1, failed: 0 });
      }
      running = false;

      await used;
      for (const { accepted, refused: failed } of clients) {
        expect(accepted).toBeGreaterThan(20);
        expect(failed).toBe(0);
      }
      expect(await refused()).toBe(0);
    },
  );

  it('by dual-password leaves one password after the grace time, whoever rotates again', async () => {
    const { rotate: rotateTo, credential, pass, sweep, user } = await platform('dual-password');
    await rotateTo('first');
    pass(23);
    expect(await sweep()).toMatchObject({ discarded: 0 });
    expect(await accepts(user)).toBe(true);

    pass(2);
    expect(await sweep()).toMatchObject({ discarded: 1, failed: 0 });

    expect(await accepts(user)).toBe(false);
    expect(await accepts(credential('AWSCURRENT'))).toBe(true);
    expect((await lineOf(server, user.username))?.match(/#/g)).toHaveLength(1);
  });

  it('becomes single-user: the old password is told of, and ends alone after its grace time', async () => {
    const { arn, check, rotate: rotateTo, credential, pass, secrets, sweep, user } = await platform('dual-password');
    const codes = async () => ((await check()).notices ?? []).map(({ code }) => code);
    await rotateTo('first');
    expect(await codes()).not.toContain('second-password');
    const { tags } = await secrets.port().describe(arn);
    const { [secretTag.grace]: _grace, ...others } = tags;
    secrets.configure(arn, { tags: { ...others, [secretTag.strategy]: 'single-user' } });
    const byHand = { ...user, password: 'by hand' };
    await server.command('ACL', 'SETUSER', user.username, `>${byHand.password}`);

    expect(await codes()).toContain('second-password');
    pass(23);
    expect(await sweep()).toMatchObject({ discarded: 0, failed: 0 });
    expect(await accepts(user)).toBe(true);
    pass(2);
    expect(await sweep()).toMatchObject({ discarded: 1, failed: 0, secondPasswords: 1 });

    expect(await accepts(user)).toBe(false);
    expect(await accepts(credential('AWSCURRENT'))).toBe(true);
    // Nobody can know who uses that one.
    expect(await accepts(byHand)).toBe(true);
    expect(await codes()).toContain('second-password');
  });

  it('by alternating-users blocks the user before and ends its sessions after the grace time', async () => {
    const { rotate: rotateTo, credential, pass, sweep, user } = await platform('alternating-users');
    const session = await openSession(server, user);
    await rotateTo('first');
    expect(await session.ended()).toBe(false);

    pass(25);
    expect(await sweep()).toMatchObject({ discarded: 1, failed: 0 });

    expect(await session.ended()).toBe(true);
    expect(await accepts(user)).toBe(false);
    expect(await accepts(credential('AWSCURRENT'))).toBe(true);
    await session.close();
  });
});
