import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { MongoUnderTest } from '../../_helpers/mongo-under-test.ts';
import { RealRotation } from '../../_helpers/real-rotation.ts';

let under: MongoUnderTest;
let sequence = 0;

beforeAll(async () => {
  under = await MongoUnderTest.start();
});
afterAll(async () => {
  await under.stop();
});

const rotation = async (strategy: 'single-user' | 'alternating-users' | 'admin') => {
  const { host, port, dbname } = under.address;
  const admin = await under.addAdmin();
  const user = { username: `orders-${(sequence += 1)}`, password: 'the first password' };
  if (strategy !== 'admin') await under.addUser(user, [{ role: 'readWrite', db: 'orders' }]);
  const database = under.database();
  const own = strategy === 'admin' ? admin : user;
  const address = { host, port, dbname };
  return { user: own, secret: await RealRotation.create({ engine: 'mongo', address, admin, database }, strategy, own) };
};
/** How often the server has refused a login. */
const refusals = async (): Promise<number> =>
  (await under.mongo.readLog()).split('\n').filter((line) => line.includes('step failed')).length;

it.each([
  ['single-user', 'reset-by-admin'],
  ['alternating-users', 'clone-created'],
  ['admin', 'changed'],
] as const)('rotates MongoDB by %s in four steps, without one refused login', async (strategy, set) => {
  const { secret, user } = await rotation(strategy);
  const before = await refusals();

  expect(await secret.rotate()).toEqual(['stored', set, 'pending-logs-in', 'promoted']);
  secret.pass(25);
  expect((await secret.rotate()).at(-1)).toBe('promoted');

  expect(await refusals()).toBe(before);
  expect(await secret.accepts(await secret.stored('AWSCURRENT'))).toBe(true);
  expect(await secret.accepts(await secret.stored('AWSPREVIOUS'))).toBe(strategy === 'alternating-users');
  if (strategy !== 'alternating-users') expect(await secret.accepts(user)).toBe(false);
});

it('by alternating-users has every credential log in from before it is given out until its grace time is over', async () => {
  const { secret } = await rotation('alternating-users');
  const before = await refusals();
  let old: Credential = await secret.stored('AWSCURRENT');
  const client = { running: true, turns: 0, refused: 0 };
  const used = (async () => {
    for (; client.running; client.turns++) {
      for (const held of [old, await secret.stored('AWSCURRENT')]) {
        if (!(await secret.accepts(held))) client.refused += 1;
      }
    }
  })();

  for (let round = 1; round <= 5; round++) {
    await secret.rotate();
    // Within a grace time the application has come to use the newer credential.
    old = await secret.stored('AWSCURRENT');
    const { turns } = client;
    await expect.poll(() => client.turns > turns + 1, { interval: 5 }).toBe(true);
    secret.pass(25);
    expect(await secret.sweep()).toMatchObject({ discarded: 1, failed: 0 });
  }
  client.running = false;
  await used;

  expect(client.turns).toBeGreaterThan(10);
  expect(client.refused).toBe(0);
  expect(await refusals()).toBe(before);
});

it('by alternating-users ends who was before after the grace time', async () => {
  const { secret, user } = await rotation('alternating-users');
  const session = await (await under.prepare()).openSession!(user);
  try {
    await secret.rotate();
    expect(await session.ended()).toBe(false);

    secret.pass(25);
    expect(await secret.sweep()).toMatchObject({ discarded: 1, failed: 0 });

    expect(await session.ended()).toBe(true);
    expect(await secret.accepts(user)).toBe(false);
    expect(await secret.accepts(await secret.stored('AWSCURRENT'))).toBe(true);
  } finally {
    await session.close();
  }
});
