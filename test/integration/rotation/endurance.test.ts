/**
 * Many rotations of each strategy on real servers, under applications that never stop logging in: fifty here, as many
 * as STRONGROOM_ROTATIONS says where it is set.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import type { RotationStrategy } from '../../../lib/contract/index.ts';
import { startMysql } from '../../../local/databases/mysql.ts';
import { startPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { addressOf, openDatabase, prepareMysql } from '../../_helpers/mysql-under-test.ts';
import { openPostgres, preparePostgres } from '../../_helpers/postgres-under-test.ts';
import { RealRotation, type RealServer } from '../../_helpers/real-rotation.ts';

const rotations = Number(process.env['STRONGROOM_ROTATIONS'] ?? 50);
/** Started once, and loaded by nobody else: far above what it takes. */
const timeout = 1_200_000;

interface Started extends RealServer {
  addUser(user: Credential): Promise<void>;
  /** Logins that the server refused since it started. */
  refusedLogins(): Promise<number>;
  stop(): Promise<void>;
}

const startPostgresServer = async (): Promise<Started> => {
  const server = await startPostgres({ certificates: await createLocalCertificates() });
  const under = await preparePostgres(server);
  const { address, admin } = under;
  return {
    engine: 'postgres',
    address,
    admin,
    database: openPostgres(server),
    addUser: (user) => under.addUser(user),
    refusedLogins: async () =>
      [...(await server.readLog()).matchAll(/password authentication failed|is not permitted to log in/g)].length,
    stop: () => server.stop(),
  };
};

const startMysqlServer = async (): Promise<Started> => {
  const server = await startMysql({ certificates: await createLocalCertificates() });
  const under = await prepareMysql('mysql', server);
  const { admin } = under;
  return {
    engine: 'mysql',
    address: addressOf(server),
    admin,
    database: openDatabase('mysql', server),
    addUser: (user) => under.addUser(user),
    refusedLogins: async () => [...(await server.readErrorLog()).matchAll(/Access denied for user/g)].length,
    stop: () => server.stop(),
  };
};

/** What an application saw that logs in all the time. */
class Application {
  turns = 0;
  accepted = 0;
  refused = 0;
  longestRefusedMs = 0;
  #refusedSince: number | undefined;

  async use(accepts: () => Promise<boolean>): Promise<void> {
    const start = performance.now();
    if (await accepts()) {
      this.accepted += 1;
      this.#refusedSince = undefined;
    } else {
      this.refused += 1;
      this.#refusedSince ??= start;
      this.longestRefusedMs = Math.max(this.longestRefusedMs, performance.now() - this.#refusedSince);
    }
    this.turns += 1;
  }
}

const endure = async (server: Started, strategy: RotationStrategy, user: Credential) => {
  const rotation = await RealRotation.create(server, strategy, user);
  const hasGrace = strategy === 'alternating-users' || strategy === 'dual-password';
  const reading = new Application();
  const holding = new Application();
  // The one reads its secret before each login; the other has, for as long as the grace time, what it read before.
  const current = () => rotation.stored('AWSCURRENT');
  let held = await current();
  let running = true;
  const run = async (application: Application, credential: () => Promise<Credential>): Promise<void> => {
    while (running) await application.use(async () => rotation.accepts(await credential()));
  };
  const applications = [run(reading, current)];
  if (hasGrace) applications.push(run(holding, () => Promise.resolve(held)));
  /** Until a login has begun, and ended, with what is held now. */
  const aTurn = async (application: Application): Promise<void> => {
    const target = application.turns + 2;
    await expect.poll(() => application.turns >= target, { interval: 2 }).toBe(true);
  };

  try {
    for (let count = 0; count < rotations; count++) {
      await rotation.rotate();
      if (!hasGrace) {
        await aTurn(reading);
        continue;
      }
      await aTurn(holding);
      held = await current();
      await aTurn(holding);
      rotation.pass(25);
      expect(await rotation.sweep()).toMatchObject({ discarded: 1, failed: 0 });
    }
  } finally {
    running = false;
  }
  await Promise.all(applications);
  console.log(
    `${String(rotations)} rotations, ${server.engine}, ${strategy}: ${String(reading.accepted + holding.accepted)} logins accepted, ` +
      `${String(reading.refused + holding.refused)} refused, longest stretch ${reading.longestRefusedMs.toFixed(0)} ms`,
  );
  return { rotation, reading, holding };
};

describe.each([
  { name: 'PostgreSQL', start: startPostgresServer, strategies: ['single-user', 'alternating-users'] as const },
  { name: 'MySQL', start: startMysqlServer, strategies: ['dual-password'] as const },
  { name: 'PostgreSQL, its admin', start: startPostgresServer, strategies: ['admin'] as const },
])('$name, under applications that never stop logging in', ({ start, strategies }) => {
  let server: Started;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
  });

  it.each(strategies.filter((strategy) => strategy !== 'single-user' && strategy !== 'admin'))(
    'no login fails in all rotations by %s, with the newest credential or the one before',
    async (strategy) => {
      const user = { username: `app of ${strategy.slice(0, 8)}`, password: 'the first password' };
      await server.addUser(user);
      const before = await server.refusedLogins();

      const { rotation, reading, holding } = await endure(server, strategy, user);

      expect(reading.accepted).toBeGreaterThan(rotations);
      expect(holding.accepted).toBeGreaterThan(rotations);
      expect([reading.refused, holding.refused]).toEqual([0, 0]);
      expect((await server.refusedLogins()) - before).toBe(0);
      expect(await rotation.accepts(await rotation.stored('AWSCURRENT'))).toBe(true);
    },
    timeout,
  );

  it.each(strategies.filter((strategy) => strategy === 'single-user' || strategy === 'admin'))(
    'logins fail between two steps only by %s, and the engine’s own never do',
    async (strategy) => {
      const isAdmin = strategy === 'admin';
      const user = isAdmin ? server.admin : { username: 'app alone', password: 'the first password' };
      if (!isAdmin) await server.addUser(user);
      const before = await server.refusedLogins();

      const { rotation, reading } = await endure(server, strategy, user);

      expect(reading.accepted).toBeGreaterThan(rotations);
      // Whatever the server refused was the application's, between setSecret and finishSecret.
      expect((await server.refusedLogins()) - before).toBe(reading.refused);
      expect(await rotation.accepts(await rotation.stored('AWSCURRENT'))).toBe(true);
    },
    timeout,
  );
});
