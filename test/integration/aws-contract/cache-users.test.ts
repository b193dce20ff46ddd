import {
  CreateUserCommand,
  DeleteUserCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
  ModifyUserCommand,
} from '@aws-sdk/client-elasticache';
import {
  CreateUserCommand as CreateMemoryDbUserCommand,
  DeleteUserCommand as DeleteMemoryDbUserCommand,
  DescribeUsersCommand as DescribeMemoryDbUsersCommand,
  MemoryDBClient,
  UpdateUserCommand,
} from '@aws-sdk/client-memorydb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';

let target: ContractTarget;

beforeAll(async () => {
  target = await startContractTarget();
});
afterAll(async () => {
  await target.stop();
});

/** The calls of both services that rotation relies on, under one shape. */
interface Users {
  create(id: string, password: string): Promise<unknown>;
  describe(id: string): Promise<{ status: string | undefined; [fact: string]: unknown }>;
  /** Gives the user's status. */
  setPasswords(id: string, passwords: string[]): Promise<string | undefined>;
  remove(id: string): Promise<unknown>;
}

const accessString = 'on ~app:* -@all +get';
const password = 'the first password';

const elastiCacheUsers = (configuration: ContractTarget['configuration']): Users => {
  const client = new ElastiCacheClient(configuration);
  target.onStop(() => {
    client.destroy();
    return Promise.resolve();
  });
  return {
    create: (id, first) =>
      client.send(
        new CreateUserCommand({
          UserId: id,
          UserName: id,
          Engine: 'valkey',
          AccessString: accessString,
          Passwords: [first],
        }),
      ),
    describe: async (id) => {
      const { Users = [] } = await client.send(new DescribeUsersCommand({ UserId: id }));
      const { UserName: name, Status: status, Authentication } = Users[0] ?? {};
      return { name, status, type: Authentication?.Type, passwords: Authentication?.PasswordCount };
    },
    setPasswords: async (id, passwords) => {
      const mode = { Type: 'password' as const, Passwords: passwords };
      return (await client.send(new ModifyUserCommand({ UserId: id, AuthenticationMode: mode }))).Status;
    },
    remove: (id) => client.send(new DeleteUserCommand({ UserId: id })),
  };
};

const memoryDbUsers = (configuration: ContractTarget['configuration']): Users => {
  const client = new MemoryDBClient(configuration);
  target.onStop(() => {
    client.destroy();
    return Promise.resolve();
  });
  return {
    create: (name, first) =>
      client.send(
        new CreateMemoryDbUserCommand({
          UserName: name,
          AccessString: accessString,
          AuthenticationMode: { Type: 'password', Passwords: [first] },
        }),
      ),
    describe: async (id) => {
      const { Users = [] } = await client.send(new DescribeMemoryDbUsersCommand({ UserName: id }));
      const { Name: name, Status: status, Authentication } = Users[0] ?? {};
      return { name, status, type: Authentication?.Type, passwords: Authentication?.PasswordCount };
    },
    setPasswords: async (name, passwords) => {
      const mode = { Type: 'password' as const, Passwords: passwords };
      return (await client.send(new UpdateUserCommand({ UserName: name, AuthenticationMode: mode }))).User?.Status;
    },
    remove: (name) => client.send(new DeleteMemoryDbUserCommand({ UserName: name })),
  };
};

/** A change takes AWS up to some minutes. */
const changeMs = 180_000;

/**
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUser.html and
 * https://docs.aws.amazon.com/memorydb/latest/APIReference/API_UpdateUser.html
 */
describe.each([
  ['ElastiCache', elastiCacheUsers, 'elasticache', 'user:', 'ModifyUser'],
  ['MemoryDB', memoryDbUsers, 'memorydb', 'user/', 'UpdateUser'],
] as const)('users of %s', (_service, as, prefix, resource, change) => {
  let users: Users;
  beforeAll(() => {
    users = as(target.configuration);
  });

  const active = (id: string) =>
    eventually(async () => {
      const user = await users.describe(id);
      expect(user.status).toBe('active');
      return user;
    }, changeMs);
  const createUser = async (word: string): Promise<string> => {
    // Forty characters at most, and the first a letter.
    const id = `c${target.unique(word).slice(-39)}`;
    await users.create(id, password);
    target.onStop(() => eventually(() => users.remove(id), changeMs));
    await active(id);
    return id;
  };

  it('tell their name, how they authenticate and how many passwords they have', async () => {
    const id = await createUser('one');
    expect(await users.describe(id)).toEqual({ name: id, status: 'active', type: 'password', passwords: 1 });
  });

  it('take two passwords, which hold once the user is active again', async () => {
    const id = await createUser('two');

    expect(await users.setPasswords(id, [password, 'the second password'])).toBe('modifying');
    expect(await active(id)).toMatchObject({ passwords: 2 });
    await users.setPasswords(id, ['the second password']);

    expect(await active(id)).toMatchObject({ passwords: 1 });
  });

  it('take no change while another is on its way', async () => {
    const id = await createUser('busy');
    await users.setPasswords(id, ['the second password']);

    await expect(users.setPasswords(id, ['the third password'])).rejects.toMatchObject({
      name: 'InvalidUserStateFault',
    });
  });

  it.each([
    ['a third', [password, 'the second password', 'the third password']],
    ['a short', ['short']],
  ])('take not %s password', async (what, passwords) => {
    const id = await createUser(what.replace(' ', '-'));
    await expect(users.setPasswords(id, passwords)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  it('are not found where they are not there', async () => {
    const id = 'strongroom-nowhere';
    const missing = { name: 'UserNotFoundFault' };
    await expect(users.describe(id)).rejects.toMatchObject(missing);
    await expect(users.setPasswords(id, ['some password of it'])).rejects.toMatchObject(missing);
  });

  it('are changed by a role whose policy names them, and no others', async () => {
    const [mine, other] = [await createUser('mine'), await createUser('other')];
    const Action = [`${prefix}:DescribeUsers`, `${prefix}:${change}`];
    const Resource = `arn:aws:${prefix}:${target.region}:${target.account}:${resource}${mine}`;
    const role = as(await target.role(target.unique(prefix), [{ Effect: 'Allow', Action, Resource }]));

    expect(await eventually(() => role.setPasswords(mine, ['the second password']))).toBe('modifying');
    expect(await role.describe(mine)).toMatchObject({ name: mine });

    await expect(role.setPasswords(other, ['the second password'])).rejects.toThrow(`${prefix}:${change}`);
    await expect(role.describe(other)).rejects.toThrow(`${prefix}:DescribeUsers`);
  });
});
