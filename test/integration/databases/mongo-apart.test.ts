/** Users as AWS's own functions leave them, of the same name in other databases, and stripped of their roles. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credential, DatabaseAddress, RevokedRight } from '../../../lambdas/databases/port.ts';
import { MongoUnderTest } from '../../_helpers/mongo-under-test.ts';

const yes = () => Promise.resolve(true);
const roles = [
  { role: 'readWrite', db: 'orders' },
  { role: 'read', db: 'audit' },
];
let under: MongoUnderTest;
let address: DatabaseAddress;
let admin: Credential;
let sequence = 0;

beforeAll(async () => {
  under = await MongoUnderTest.start();
  ({ address } = under);
  admin = await under.addAdmin();
});
afterAll(async () => {
  await under.stop();
});

const pair = () => {
  const from = `app-${(sequence += 1)}`;
  return { from, to: `${from}_clone`, password: 'canary of the clone' };
};
const rolesOf = async (username: string): Promise<unknown> => (await under.describe(username))?.['roles'];

describe('a MongoDB that AWS’s function for two users rotated', () => {
  /** SecretsManagerMongoDBRotationMultiUser: the second user gets the roles of the first as they are, once. */
  const awsMultiUser = async ({ from, to, password }: ReturnType<typeof pair>): Promise<void> => {
    await under.addUser({ username: from, password: 'canary of the first' }, roles);
    await under.addUser({ username: to, password }, roles);
  };

  it.each(['first', 'second'])(
    'has two users with equal roles after a rotation, and none lost, where the %s is in use',
    async (inUse) => {
      const users = pair();
      await awsMultiUser(users);
      const [from, to] = inUse === 'first' ? [users.from, users.to] : [users.to, users.from];
      const lost: RevokedRight[] = [];
      const database = under.database();

      const notices = await database.checkAdmin(address, admin, {
        username: from,
        strategy: 'alternating-users',
        twin: to,
      });
      const wanted = {
        from,
        to,
        password: 'canary of the next',
        onRevoked: (right: RevokedRight) => void lost.push(right),
      };
      expect(await database.cloneUser!(address, admin, wanted, yes)).toBe('reset');

      expect([notices, lost]).toEqual([[], []]);
      expect(await rolesOf(from)).toEqual(roles);
      expect(await rolesOf(to)).toEqual(roles);
      await database.login(address, { username: to, password: wanted.password });
    },
  );

  it('is refused with the way to migrate where its users are of the database of the secret', async () => {
    const { from } = pair();
    await under.mongo.command({ createUser: from, pwd: 'canary of orders', roles: [] }, { database: 'orders' });

    const checked = under.database().checkAdmin(address, admin, { username: from, strategy: 'single-user' });

    await expect(checked).rejects.toMatchObject({
      code: 'user-missing',
      message: expect.stringMatching(
        /is a user of "orders".*create it there with the same roles.*authSource=admin/,
      ) as string,
    });
  });
});

describe('a user of the same name in another database', () => {
  it('is told before the rotation, and keeps its password', async () => {
    const { from } = pair();
    await under.addUser({ username: from, password: 'canary-first' }, roles);
    await under.mongo.command({ createUser: from, pwd: 'canary of orders', roles: [] }, { database: 'orders' });

    const notices = await under.database().checkAdmin(address, admin, { username: from, strategy: 'single-user' });

    expect(notices).toEqual([
      { code: 'accounts-apart', message: expect.stringContaining(`User "${from}" of the database "orders"`) as string },
    ]);
  });
});

describe('a user who was stripped of its roles', () => {
  it('stays so: it gets no roles back by its turn, and a check says that', async () => {
    const { from, to, password } = pair();
    await under.addUser({ username: from, password: 'canary-first' }, roles);
    await under.addUser({ username: to, password }, []);
    const database = under.database();
    const task = { username: from, strategy: 'alternating-users', twin: to } as const;

    await expect(database.checkAdmin(address, admin, task)).rejects.toMatchObject({ code: 'user-disabled' });
    await expect(database.cloneUser!(address, admin, { from, to, password }, yes)).rejects.toMatchObject({
      code: 'user-disabled',
    });

    expect(await rolesOf(to)).toEqual([]);
  });

  it('stays so where it is the one in use, and so does its equal', async () => {
    const { from, to, password } = pair();
    await under.addUser({ username: from, password: 'canary-first' }, []);
    const change = { username: from, password: 'canary-second', resetPassword: true, version: 'v' };

    expect(await under.database().changeUser(address, admin, change, yes)).toBe('reset');
    expect(await under.database().cloneUser!(address, admin, { from, to, password }, yes)).toBe('created');

    expect([await rolesOf(from), await rolesOf(to)]).toEqual([[], []]);
  });
});
