/** Point 28 on real servers: what keeps a user out is said by a preflight before the rotation fails, and changes nothing. */
import type { CodedError } from '../../../lib/contract/index.ts';
import { type DatabaseEngine, type RotationStrategy } from '../../../lib/contract/index.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { DatabaseUnderTest } from '../../_helpers/database-contract.ts';
import { objectionIn } from '../../_helpers/foresight.ts';
import { MysqlBench } from '../../_helpers/mysql-bench.ts';
import { preparePostgres } from '../../_helpers/postgres-under-test.ts';
import { RealRotation } from '../../_helpers/real-rotation.ts';

const user = { username: 'orders', password: 'the first password' };
const twin = { username: 'orders_clone', password: 'of the clone' };

const rotationOn = async (engine: DatabaseEngine, under: DatabaseUnderTest, strategy: RotationStrategy) => {
  const { address, admin, database } = under;
  if (admin === 'function-role') throw new Error('this engine’s admin does not log in');
  return RealRotation.create({ engine, address, admin, database }, strategy, user);
};

/** The objection of the preflight, and the failure of the rotation that it is held to. */
const bothOf = async (rotation: RealRotation): Promise<readonly [string | undefined, string]> => {
  const objection = objectionIn(await rotation.check())?.code;
  const failure = await rotation.rotate().then(
    () => 'none',
    (error: unknown) => (error as CodedError).code,
  );
  return [objection, failure];
};

const describeOn = (engine: DatabaseEngine, underOf: () => DatabaseUnderTest): void => {
  it.each(['single-user', 'alternating-users'] as const)('a disabled user in use stops %s', async (strategy) => {
    const under = underOf();
    await under.addUser(user);
    await under.disable!(user.username);
    const rotation = await rotationOn(engine, under, strategy);

    expect(await bothOf(rotation)).toEqual(['user-disabled', 'user-disabled']);
  });

  it('a disabled user whose turn comes stops alternating-users', async () => {
    const under = underOf();
    await under.addUser(user);
    await under.addUser(twin);
    await under.disable!(twin.username);
    const rotation = await rotationOn(engine, under, 'alternating-users');

    expect(await bothOf(rotation)).toEqual(['user-disabled', 'user-disabled']);
    expect(await rotation.accepts(user)).toBe(true);
  });

  it('a user that does not exist stops the rotation', async () => {
    const rotation = await rotationOn(engine, underOf(), 'alternating-users');

    expect(await bothOf(rotation)).toEqual(['user-missing', 'user-missing']);
  });

  it('nothing stops a rotation that nothing stands against', async () => {
    const under = underOf();
    await under.addUser(user);
    const rotation = await rotationOn(engine, under, 'alternating-users');

    expect(await bothOf(rotation)).toEqual([undefined, 'none']);
    expect(await bothOf(rotation)).toEqual(['rotation-waits', 'within-grace']);
  });
};

describe('PostgreSQL', () => {
  let postgres: LocalPostgres;
  let under: DatabaseUnderTest;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates() });
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    for (const name of [user.username, twin.username, 'orders_owner']) {
      await postgres.query(`DROP ROLE IF EXISTS "${name}"`);
    }
    under = await preparePostgres(postgres);
  });

  describeOn('postgres', () => under);
});

describe.each(['mysql', 'mariadb'] as const)('%s', (flavour) => {
  const bench = new MysqlBench(flavour);

  describeOn(flavour, () => bench.under);
});
