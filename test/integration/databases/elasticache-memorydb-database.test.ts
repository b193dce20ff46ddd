import { createHash } from 'node:crypto';
import { CreateUserCommand, ElastiCacheClient, ModifyUserCommand } from '@aws-sdk/client-elasticache';
import {
  CreateUserCommand as CreateMemoryDbUserCommand,
  MemoryDBClient,
  UpdateUserCommand,
} from '@aws-sdk/client-memorydb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { elastiCacheDatabase } from '../../../lambdas/databases/elasticache/database.ts';
import { memoryDbDatabase } from '../../../lambdas/databases/memorydb/database.ts';
import { systemClock, type Clock } from '../../../lambdas/runtime/clock.ts';
import type { Confirm, Credential, Database, UserChange } from '../../../lambdas/databases/port.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { startRedis, type LocalRedis } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { addressOf, lineOf } from '../../_helpers/redis-server.ts';

const account = '111122223333';
const region = 'eu-west-1';
const certificates = await createLocalCertificates();
const trust = trustIn([certificates.ca]);
const deadline = { remainingMs: () => 60_000 };
const defects: unknown[] = [];

let aws: LocalAws;
let cache: LocalRedis;
let elastiCache: ElastiCacheClient;
let memoryDb: MemoryDBClient;

beforeAll(async () => {
  [aws, cache] = await Promise.all([
    startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) }),
    startRedis({ server: 'valkey', certificates }),
  ]);
  const local = { account, command: (...words: string[]) => cache.command(...words) };
  await aws.elastiCache.register(local);
  await aws.memoryDb.register(local);
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  elastiCache = new ElastiCacheClient(configuration);
  memoryDb = new MemoryDBClient(configuration);
});
afterAll(async () => {
  elastiCache.destroy();
  memoryDb.destroy();
  await cache.stop();
  await aws.stop();
  expect(defects).toEqual([]);
});

const rules = 'on ~* -@all +get';
const off = 'off ~* -@all +get';

const services = {
  elasticache: {
    open: (clock?: Clock): Database =>
      elastiCacheDatabase({ client: elastiCache, trust, deadline, ...(clock && { clock }) }),
    change: 'ModifyUser',
    setPasswords: (id: string, ...passwords: string[]) =>
      elastiCache.send(new ModifyUserCommand({ UserId: id, Passwords: passwords })),
    turnOff: (id: string) => elastiCache.send(new ModifyUserCommand({ UserId: id, AccessString: off })),
    useIam: (id: string) =>
      elastiCache.send(new ModifyUserCommand({ UserId: id, AuthenticationMode: { Type: 'iam' } })),
    create: ({ username, password }: Credential) =>
      elastiCache.send(
        new CreateUserCommand({
          UserId: username,
          UserName: username,
          Engine: 'valkey',
          AccessString: rules,
          Passwords: [password],
        }),
      ),
  },
  memorydb: {
    open: (clock?: Clock): Database => memoryDbDatabase({ client: memoryDb, trust, deadline, ...(clock && { clock }) }),
    change: 'UpdateUser',
    setPasswords: (name: string, ...passwords: string[]) =>
      memoryDb.send(
        new UpdateUserCommand({ UserName: name, AuthenticationMode: { Type: 'password', Passwords: passwords } }),
      ),
    turnOff: (name: string) => memoryDb.send(new UpdateUserCommand({ UserName: name, AccessString: off })),
    useIam: (name: string) =>
      memoryDb.send(new UpdateUserCommand({ UserName: name, AuthenticationMode: { Type: 'iam' } })),
    create: ({ username, password }: Credential) =>
      memoryDb.send(
        new CreateMemoryDbUserCommand({
          UserName: username,
          AccessString: rules,
          AuthenticationMode: { Type: 'password', Passwords: [password] },
        }),
      ),
  },
};

describe.each(['elasticache', 'memorydb'] as const)('%s', (engine) => {
  const { open, create, change, setPasswords, useIam, turnOff } = services[engine];
  const hash = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;
  let sequence = 0;
  const addUser = async (credential: Credential): Promise<void> => {
    await create(credential);
    await expect.poll(() => lineOf(cache, credential.username)).toContain(hash(credential.password));
  };

  describeDatabase(
    engine,
    {
      engine,
      lock: false,
      holds: ['containment'],
      username: (number) => `${engine}-user-${number}`,
      // Sixteen characters at least.
      password: (word) => `P'a\\ss "wörd" ${word}`.padEnd(16, '.'),
    },
    () =>
      Promise.resolve({
        database: open(),
        address: addressOf(cache),
        admin: 'function-role' as const,
        addUser,
        userExists: async (username) => (await lineOf(cache, username)) !== undefined,
        disable: async (username) => {
          await turnOff(username);
          await expect.poll(() => lineOf(cache, username)).toContain(' off ');
        },
      }),
  );

  const newUser = async (): Promise<Credential> => {
    const user = { username: `${engine}-own-${(sequence += 1)}`, password: `first password of ${sequence}` };
    await addUser(user);
    return user;
  };
  const yes: Confirm = () => Promise.resolve(true);
  const second = 'the second password';
  const changeTo = (
    user: Credential,
    {
      database = open(),
      confirm = yes,
      ...more
    }: { database?: Database; confirm?: Confirm } & Partial<UserChange> = {},
  ) => {
    const change = { username: user.username, password: second, resetPassword: true, version: 'v', ...more };
    return database.changeUser(addressOf(cache), 'function-role', change, confirm);
  };
  const fault = (operation: string, kind: 'throttle' | 'server-error' | 'timeout-after', times = 1) =>
    aws.faults.inject({ service: engine, operation, kind, times });
  const callsOf = (operation: string, username: string): number =>
    aws.cloudTrail.records().filter(({ eventName, requestParameters }) => {
      return eventName === operation && Object.values(requestParameters ?? {}).includes(username);
    }).length;
  /** No time for a second look. */
  const hurried: Clock = { ...systemClock(deadline), hasTime: () => false };

  it('is done only when the cache itself has the passwords', async () => {
    const user = await newUser();

    await changeTo(user, { keep: user.password });

    expect(await lineOf(cache, user.username)).toBe(
      `user ${user.username} on sanitize-payload ${hash(user.password)} ${hash(second)} ~* resetchannels -@all +get`,
    );
  });

  it('has no login refused in a normal rotation, also where the password before is kept and discarded', async () => {
    const user = await newUser();
    await cache.command('ACL', 'LOG', 'RESET');
    const database = open();

    await changeTo(user, { database, keep: user.password });
    await database.login(addressOf(cache), { ...user, password: second });
    const keep = { username: user.username, keep: second };
    await database.discardPassword?.(addressOf(cache), 'function-role', keep, yes);

    const refused = (await cache.command('ACL', 'LOG')) as { reason: string }[];
    expect(refused.filter(({ reason }) => reason === 'auth')).toEqual([]);
    expect(await lineOf(cache, user.username)).not.toContain(hash(user.password));
  });

  it('tells of a second password, and ends the old one where both are valid', async () => {
    const user = await newUser();
    const database = open();
    await changeTo(user, { database, keep: user.password });
    const check = (retains: boolean) =>
      database.checkAdmin(addressOf(cache), 'function-role', {
        username: user.username,
        strategy: retains ? 'dual-password' : 'single-user',
        retains,
      });
    expect(await check(true)).toEqual([]);
    expect(await check(false)).toMatchObject([{ code: 'second-password' }]);

    const discard = { username: user.username, keep: second, ends: user.password };
    expect(await database.discardPassword?.(addressOf(cache), 'function-role', discard, yes)).toBe('discarded');
    expect(await database.discardPassword?.(addressOf(cache), 'function-role', discard, yes)).toBe('nothing');

    expect(await lineOf(cache, user.username)).not.toContain(hash(user.password));
    expect(await check(false)).toEqual([]);
  });

  it('waits for a change that is on its way, and makes none where that was the same', async () => {
    const user = await newUser();
    await setPasswords(user.username, user.password, second);
    expect(callsOf(change, user.username)).toBe(1);

    expect(await changeTo(user, { keep: user.password })).toBe('unchanged');

    expect(callsOf(change, user.username)).toBe(1);
  });

  it('waits for a change of somebody else that begins meanwhile, and then makes its own', async () => {
    const user = await newUser();
    const meanwhile: Confirm = async () => {
      await setPasswords(user.username, 'somebody else’s word');
      return true;
    };

    expect(await changeTo(user, { confirm: meanwhile })).toBe('reset');

    await open().login(addressOf(cache), { ...user, password: second });
    expect(await lineOf(cache, user.username)).not.toContain(hash('somebody else’s word'));
  });

  it('goes on with the next try where the time is up before the service is done', async () => {
    const user = await newUser();

    await expect(changeTo(user, { database: open(hurried) })).rejects.toMatchObject({
      code: 'database-unknown',
      retryable: true,
    });

    expect(await changeTo(user)).toBe('unchanged');
    await open().login(addressOf(cache), { ...user, password: second });
  });

  it('goes on where the answer to the change is lost', async () => {
    const user = await newUser();
    fault(change, 'timeout-after');

    expect(await changeTo(user)).toBe('reset');

    await open().login(addressOf(cache), { ...user, password: second });
  });

  it.each([
    ['throttle', 'aws-throttled'],
    ['server-error', 'aws-unavailable'],
  ] as const)('is to be tried again after "%s"', async (kind, code) => {
    const user = await newUser();
    const injected = fault('DescribeUsers', kind, 100);

    await expect(changeTo(user)).rejects.toMatchObject({ code, retryable: true });

    injected.remove();
    await open().login(addressOf(cache), user);
  });

  it('refuses a user who has no password to rotate', async () => {
    const user = await newUser();
    await useIam(user.username);

    await expect(changeTo(user)).rejects.toMatchObject({ code: 'strategy-impossible', retryable: false });
  });

  it('refuses an admin, whom the API does not know', async () => {
    const user = await newUser();
    const change = { ...user, password: second, resetPassword: true, version: 'v' };

    await expect(open().changeUser(addressOf(cache), user, change, yes)).rejects.toMatchObject({
      code: 'strategy-impossible',
      message: expect.stringContaining(`take the admin "${user.username}" out`) as string,
    });
  });

  it('keeps passwords out of the trail, of errors and of the cache’s log', async () => {
    const user = await newUser();
    fault(change, 'server-error', 100);
    const failure: unknown = await changeTo(user, { password: 'a canary password' }).catch((error: unknown) => error);
    aws.faults.clear();
    await changeTo(user, { password: 'a canary password' });

    const written = [JSON.stringify(aws.cloudTrail.records()), String((failure as Error).stack), await cache.readLog()];
    for (const text of written) expect(text).not.toContain('canary');
  });
});

describe('elasticache', () => {
  const { open } = services.elasticache;
  const byId = async (id: string, username: string) => {
    await elastiCache.send(
      new CreateUserCommand({
        UserId: id,
        UserName: username,
        Engine: 'valkey',
        AccessString: rules,
        Passwords: ['password of the first'],
      }),
    );
    return { ...addressOf(cache), userId: id };
  };
  const change = { password: 'another password', resetPassword: true, version: 'v' };
  const yes: Confirm = () => Promise.resolve(true);

  it('changes the user with the id, whose name is another', async () => {
    const address = await byId('orders-v2', 'orders');

    await open().changeUser(address, 'function-role', { ...change, username: 'orders' }, yes);

    await open().login(address, { username: 'orders', password: change.password });
  });

  it('refuses an id whose user logs in by another name', async () => {
    const address = await byId('orders-v3', 'orders');

    await expect(
      open().changeUser(address, 'function-role', { ...change, username: 'invoices' }, yes),
    ).rejects.toMatchObject({
      code: 'user-missing',
      message:
        'The ElastiCache user with the id "orders-v3" logs in as "orders", not as "invoices": give the id of the one that does (userId in the catalog)',
    });
  });
});
