/**
 * The strategies over the wire of AWS (the local one) and real databases, with faults in the SDK, on the network and in
 * the server. Whatever happens, a retry ends the rotation, and at every moment a stored credential logs in.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { mysqlDatabase } from '../../../lambdas/databases/mysql/database.ts';
import { postgresDatabase } from '../../../lambdas/databases/postgres/database.ts';
import type { Credential } from '../../../lambdas/databases/port.ts';
import type { CodedError } from '../../../lib/contract/index.ts';
import { isCodedError, rotationSteps, type RotationStep, type RotationStrategy } from '../../../lib/contract/index.ts';
import { startMysql, type LocalMysql } from '../../../local/databases/mysql.ts';
import { startPostgres, startPostgresReplica, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { addressOf, openDatabase, prepareMysql } from '../../_helpers/mysql-under-test.ts';
import { openPostgres, preparePostgres } from '../../_helpers/postgres-under-test.ts';
import { modelStore, RealRotation, type RealServer } from '../../_helpers/real-rotation.ts';
import { startTcpProxy, type TcpProxy } from '../../_helpers/tcp-proxy.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

const certificates = await createLocalCertificates();
const deadline = { remainingMs: () => 60_000 };
/** So short that a test of silence ends soon, so long that a loaded machine answers in time. */
const impatient = { deadline, connectTimeoutMs: 3_000, statementTimeoutMs: 3_000 };

interface Prepared extends RealServer {
  readonly user: Credential;
}

/** A database server, and a user of its own for each rotation. */
interface Engine {
  readonly name: string;
  readonly strategies: readonly RotationStrategy[];
  start(): Promise<void>;
  stop(): Promise<void>;
  prepare(): Promise<Prepared>;
  /** The same server through the proxy, by an adapter that soon gives up. */
  through(server: Prepared, proxy: TcpProxy): Prepared;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

const postgresEngine = (): Engine & { server: () => LocalPostgres } => {
  let server: LocalPostgres;
  return {
    name: 'PostgreSQL',
    strategies: ['single-user', 'alternating-users'],
    server: () => server,
    start: async () => {
      server = await startPostgres({ certificates });
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    prepare: async () => {
      const under = await preparePostgres(server);
      const { address, admin } = under;
      const user = { username: `app of ${address.dbname}`, password: 'canary-first' };
      await under.addUser(user);
      return { engine: 'postgres', address, admin, user, database: openPostgres(server) };
    },
    through: (prepared, { port }) => ({
      ...prepared,
      address: { ...prepared.address, port },
      database: postgresDatabase({ trust: trustIn([certificates.ca]), ...impatient }),
    }),
  };
};

const mysqlEngine = (): Engine => {
  let server: LocalMysql;
  return {
    name: 'MySQL',
    strategies: ['dual-password'],
    start: async () => {
      server = await startMysql({ certificates });
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    prepare: async () => {
      const under = await prepareMysql('mysql', server);
      const { admin } = under;
      const user = { username: 'app', password: 'canary-first' };
      await under.addUser(user);
      return { engine: 'mysql', address: addressOf(server), admin, user, database: openDatabase('mysql', server) };
    },
    through: (prepared, { port }) => ({
      ...prepared,
      address: { ...prepared.address, port },
      database: mysqlDatabase({ trust: trustIn([certificates.ca]), ...impatient }),
    }),
  };
};

let secrets: WiredSecrets;

beforeAll(async () => {
  secrets = await startWiredSecrets();
});
afterAll(async () => {
  await secrets.stop();
});

/** The tests of this file make calls fail, which no preflight foresees. */
const rotationOf = async (...from: Parameters<typeof RealRotation.create>): Promise<RealRotation> => {
  const rotation = await RealRotation.create(...from);
  rotation.isForeseen = false;
  return rotation;
};

/** Runs every step until it succeeds, as Secrets Manager does; gives the codes of what failed on the way. */
const persist = async (rotation: RealRotation, token: string, onStep?: (step: RotationStep) => Promise<void>) => {
  const failures: string[] = [];
  for (const step of rotationSteps) {
    await onStep?.(step);
    for (let attempt = 1; ; attempt++) {
      try {
        await rotation.step(step, token);
        break;
      } catch (error) {
        if (!isCodedError(error) || attempt === 4) throw error;
        failures.push(error.code);
      }
    }
  }
  return failures;
};

const expectEnded = async (rotation: RealRotation, token: string): Promise<void> => {
  const current = await rotation.stored('AWSCURRENT');
  expect(current.versionId).toBe(token);
  expect(await rotation.accepts(current)).toBe(true);
};

describe.each(
  [postgresEngine(), mysqlEngine()].flatMap((engine) => engine.strategies.map((strategy) => ({ engine, strategy }))),
)('$strategy on $engine.name', ({ engine, strategy }) => {
  const proxies: TcpProxy[] = [];

  beforeAll(() => engine.start());
  afterAll(() => engine.stop());
  afterEach(async () => {
    secrets.client.middlewareStack.remove('fault');
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });

  const begin = async () => {
    const prepared = await engine.prepare();
    const rotation = await rotationOf(prepared, strategy, prepared.user, () => secrets);
    return { rotation };
  };

  it.each(['before it is sent', 'after it was done'] as const)(
    'ends in spite of a time-out of any AWS call, %s',
    async (when) => {
      let calls = Infinity;
      const { rotation } = await begin();
      // Every call by the first strategy; by the others, which make the same calls, each in one of the two ways.
      const stride = strategy === 'single-user' ? 1 : 2;
      const first = stride === 2 && when === 'after it was done' ? 2 : 1;
      for (let faulty = first; faulty <= calls; faulty += stride) {
        // Forced: the grace time of the rotation before is not what this is about.
        const token = await rotation.start(`forced-${randomUUID()}`);
        let seen = 0;
        secrets.client.middlewareStack.add(
          (next) => async (args) => {
            seen += 1;
            const timeout = Object.assign(new Error('no answer'), { name: 'TimeoutError' });
            if (seen !== faulty) return next(args);
            if (when === 'after it was done') await next(args);
            throw timeout;
          },
          // Outside of the SDK's retries: a call that failed for good.
          { step: 'initialize', name: 'fault', override: true },
        );
        const failures = await persist(rotation, token);
        secrets.client.middlewareStack.remove('fault');
        if (seen < faulty) calls = seen;
        // A promotion whose answer is lost is seen to have happened, so that not even a retry is needed.
        else expect(failures.filter((code) => code !== 'aws-unavailable')).toEqual([]);
        await expectEnded(rotation, token);
      }
    },
  );

  it.each(['reset', 'black hole'] as const)('ends in spite of a %s after any packet to the database', async (fault) => {
    let packets = Infinity;
    // Not every one: silence lasts as long as the adapter's patience, and each adapter has its own tests of every packet.
    const stride = fault === 'reset' ? 4 : 12;
    for (let after = 1; after <= packets; after += stride) {
      const prepared = await engine.prepare();
      const proxy = await startTcpProxy(prepared.address);
      proxies.push(proxy);
      const rotation = await rotationOf(engine.through(prepared, proxy), strategy, prepared.user, modelStore);
      const token = await rotation.start();
      const seen = { disturbed: false };
      const disturb = (step: RotationStep): Promise<void> => {
        // From the change on: before it there is nothing to lose.
        if (step === 'setSecret') {
          if (fault === 'reset') proxy.cutAfterWrites(after);
          else proxy.swallowAfterWrites(after);
        }
        return Promise.resolve();
      };
      const failing = rotation.ports.database;
      const healing = async <Result>(work: Promise<Result>): Promise<Result> => {
        try {
          return await work;
        } catch (error) {
          seen.disturbed = true;
          proxy.heal();
          throw error;
        }
      };
      rotation.ports = {
        ...rotation.ports,
        database: {
          ...failing,
          login: (...args) => healing(failing.login(...args)),
          changeOwnPassword: (...args) => healing(failing.changeOwnPassword(...args)),
          changeUser: (...args) => healing(failing.changeUser(...args)),
          ...(failing.cloneUser && { cloneUser: (...args) => healing(failing.cloneUser!(...args)) }),
          ...(failing.inspectUser && { inspectUser: (...args) => healing(failing.inspectUser!(...args)) }),
          ...(failing.passwordPolicy && { passwordPolicy: (...args) => healing(failing.passwordPolicy!(...args)) }),
        },
      };

      const failures = await persist(rotation, token, disturb);

      expect(failures.filter((code) => code !== 'database-network')).toEqual([]);
      if (!seen.disturbed) packets = after;
      proxy.heal();
      await expectEnded(rotation, token);
      await proxy.stop();
    }
    expect(packets).toBeGreaterThan(2);
  });

  it('ends in spite of answers that come after the deadline', async () => {
    const prepared = await engine.prepare();
    const proxy = await startTcpProxy(prepared.address);
    proxies.push(proxy);
    const rotation = await rotationOf(engine.through(prepared, proxy), strategy, prepared.user, modelStore);
    const token = await rotation.start();
    await rotation.step('createSecret', token);
    proxy.delayAfterWrites(0, 6_000);
    await expect(rotation.step('setSecret', token)).rejects.toMatchObject({
      code: 'database-network',
      retryable: true,
    });
    proxy.heal();

    await persist(rotation, token);

    await expectEnded(rotation, token);
  });

  it.each(rotationSteps)('ends where the server is killed before %s, and where it comes back', async (killedBefore) => {
    const { rotation } = await begin();
    const token = await rotation.start();
    const killing = async (step: RotationStep): Promise<void> => {
      if (step !== killedBefore) return;
      await engine.kill();
      const dead = await rotation.step(step, token).then(
        (outcome) => outcome,
        (error: unknown) => (error as CodedError).code,
      );
      // createSecret of a secret that has rotated needs no database; this one never has, so it looks.
      expect(['database-network', 'promoted']).toContain(dead);
      await engine.restart();
    };

    await persist(rotation, token, killing);

    await expectEnded(rotation, token);
  });
});

describe('PostgreSQL', () => {
  const engine = postgresEngine();

  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  it('starts the next rotation after the grace time, though one within it was refused', async () => {
    const prepared = await engine.prepare();
    const rotation = await rotationOf(prepared, 'alternating-users', prepared.user, () => secrets);
    await rotation.rotate();
    const early = await rotation.start();

    await expect(rotation.step('createSecret', early)).rejects.toMatchObject({ code: 'within-grace' });

    rotation.pass(25);
    expect((await rotation.rotate()).at(-1)).toBe('promoted');
  });

  const begin = async () => {
    const prepared = await engine.prepare();
    const rotation = await rotationOf(prepared, 'single-user', prepared.user, () => secrets);
    return { prepared, rotation, token: await rotation.start() };
  };

  it('that has a full disk changes nothing, and the rotation ends once there is room', async () => {
    const { rotation, token, prepared } = await begin();
    await rotation.step('createSecret', token);
    await engine.server().fillDisk();
    await expect(rotation.step('setSecret', token)).rejects.toMatchObject({ retryable: true });
    await engine.server().freeDisk();
    await engine.server().restart();
    expect(await rotation.accepts(prepared.user)).toBe(true);

    await persist(rotation, token);

    await expectEnded(rotation, token);
  });

  it('that has no connection left is tried again, and says so', async () => {
    const { rotation, token, prepared } = await begin();
    await rotation.step('createSecret', token);
    await engine.server().query(`ALTER ROLE "${prepared.user.username.replaceAll('"', '""')}" CONNECTION LIMIT 0`);
    await expect(rotation.step('setSecret', token)).rejects.toMatchObject({
      code: 'database-network',
      retryable: true,
    });
    await engine.server().query(`ALTER ROLE "${prepared.user.username.replaceAll('"', '""')}" CONNECTION LIMIT -1`);

    await persist(rotation, token);

    await expectEnded(rotation, token);
  });

  it('that is a replica changes nothing until it is promoted', async () => {
    const { prepared } = await begin();
    const replica = await startPostgresReplica(engine.server());
    try {
      await replica.catchUp();
      const address = { ...prepared.address, host: replica.host, port: replica.port };
      const rotation = await rotationOf({ ...prepared, address }, 'single-user', prepared.user, () => secrets);
      const token = await rotation.start();
      // The rehearsal before a new password is made meets it already.
      await expect(rotation.step('createSecret', token)).rejects.toMatchObject({
        code: 'database-network',
        retryable: true,
      });
      expect(await rotation.accepts(prepared.user)).toBe(true);

      await replica.promote();
      await persist(rotation, token);

      await expectEnded(rotation, token);
    } finally {
      await replica.stop();
    }
  });
});
