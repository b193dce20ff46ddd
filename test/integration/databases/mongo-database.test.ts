import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import type { Credential, DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { adminRoles, MongoUnderTest } from '../../_helpers/mongo-under-test.ts';
import { withMoreTime } from '../../_helpers/patience.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';

const yes = () => Promise.resolve(true);
const next = 'canary-second';
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

const newUser = async (roles: readonly object[] = [{ role: 'read', db: 'orders' }]): Promise<Credential> => {
  const user = { username: `app-${(sequence += 1)}`, password: 'canary-first' };
  await under.addUser(user, roles);
  return user;
};
const resetOf = ({ username }: Credential) => ({ username, password: next, resetPassword: true, version: 'v' });
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
/** How often the server has refused a login of this user. */
const refusals = async ({ username }: Credential): Promise<number> =>
  (await under.mongo.readLog()).split('\n').filter((line) => line.includes('step failed') && line.includes(username))
    .length;
const lockOf = async ({ username }: Credential): Promise<unknown> => {
  const find = { find: 'locks', filter: { _id: username } };
  const { cursor } = await under.mongo.command(find, { database: 'strongroom' });
  return (cursor as { firstBatch: unknown }).firstBatch;
};

describe('a login to MongoDB', () => {
  it('that is refused is tried once', async () => {
    const user = await newUser();
    await expect(under.database().login(address, { ...user, password: next })).rejects.toMatchObject({
      code: 'database-auth',
      retryable: false,
    });
    expect(await refusals(user)).toBe(1);
  });

  it('is not made at a server that nobody vouches for', async () => {
    const user = await newUser();
    const { ca } = await createLocalCertificates();
    const database = under.database({ trust: trustIn([ca]) });
    await expect(database.login(address, user)).rejects.toMatchObject({ code: 'database-tls', retryable: false });
  });

  it('is made where the secret vouches for the server', async () => {
    const user = await newUser();
    const database = under.database({ trust: trustIn([]) });
    const tls = { mode: 'verify-full', ca: under.certificates.ca } as const;
    await expect(database.login({ ...address, tls }, user)).resolves.toBeUndefined();
  });

  it('is not made at a server with another name', async () => {
    const user = await newUser();
    const tls = { mode: 'verify-full', servername: 'db.example.com' } as const;
    await expect(under.database().login({ ...address, tls }, user)).rejects.toMatchObject({ code: 'database-tls' });
  });

  it('tells a server without TLS nothing of the user', async () => {
    const heard: Buffer[] = [];
    const plain: Server = createServer((socket) => {
      socket.on('data', (chunk) => {
        heard.push(chunk);
        socket.end('plain text');
      });
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await new Promise((resolve) => plain.close(resolve));
    });
    const { port } = plain.address() as AddressInfo;
    const user = { username: 'canary-user', password: 'canary-first' };

    await expect(under.database().login({ ...address, port }, user)).rejects.toMatchObject({ code: 'database-tls' });

    expect(heard.length).toBeGreaterThan(0);
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('canary');
  });

  it('waits a while for a server that is out of reach, and says why it was', async () => {
    const user = await newUser();
    await withMoreTime(500, async (connectTimeoutMs) => {
      const database = under.database({ connectTimeoutMs });
      await expect(database.login({ ...address, port: 1 }, user)).rejects.toMatchObject({
        code: 'database-network',
        retryable: true,
        message: expect.stringContaining('ECONNREFUSED') as string,
      });
    });
  });

  it('is not begun when the time is up', async () => {
    const database = under.database({ deadline: { remainingMs: () => 0 } });
    await expect(database.login(address, admin)).rejects.toThrow("the function's time is up");
  });

  it('works again after the server was killed and is back', async () => {
    const user = await newUser();
    await under.mongo.kill();
    await expect(under.database({ connectTimeoutMs: 500 }).login(address, user)).rejects.toMatchObject({
      code: 'database-network',
      retryable: true,
    });
    await under.mongo.restart();
    await expect(under.database().login(address, user)).resolves.toBeUndefined();
  });
});

describe('a change', () => {
  it.each(['cutAfterWrites', 'swallowAfterWrites'] as const)(
    'whose answer is lost (%s) may have happened, and says so',
    (disturb) =>
      withMoreTime(2_000, async (commandTimeoutMs) => {
        const user = await newUser();
        const proxy = await startTcpProxy(under.server);
        onTestFinished(() => proxy.stop());
        const database = under.database({ commandTimeoutMs });

        // What comes after the question: the look at the user, and the change.
        const lost = database.changeUser({ ...address, port: proxy.port }, admin, resetOf(user), () => {
          proxy[disturb](2);
          return Promise.resolve(true);
        });

        await expect(lost).rejects.toMatchObject({ code: 'database-network', retryable: true, uncertain: true });
        await expect(under.database().login(address, { ...user, password: next })).resolves.toBeUndefined();
      }),
  );

  it('that not enough servers have kept in time may have happened', async () => {
    const user = await newUser();
    const writeConcernError = {
      code: 64,
      codeName: 'WriteConcernTimeout',
      errmsg: 'waiting for replication timed out',
    };
    under.server.answerNext('updateUser', { ok: 1, writeConcernError });
    await expect(under.database().changeUser(address, admin, resetOf(user), yes)).rejects.toMatchObject({
      code: 'database-network',
      retryable: true,
      uncertain: true,
    });
  });

  it('is kept by most servers of a replica set', async () => {
    const user = await newUser();
    await under.database().changeUser(address, admin, resetOf(user), yes);
    expect(under.server.commands.at(-1)).toMatchObject({ updateUser: user.username, writeConcern: { w: 'majority' } });
  });

  it('is not made at a secondary: that is no failure of the credential', async () => {
    const user = await newUser();
    under.server.answerNext('findAndModify', {
      ok: 0,
      code: 10107,
      codeName: 'NotWritablePrimary',
      errmsg: 'not primary',
    });
    await expect(under.database().changeUser(address, admin, resetOf(user), yes)).rejects.toMatchObject({
      code: 'database-network',
      retryable: true,
      uncertain: false,
      message: expect.stringContaining('not the writer') as string,
    });
  });

  it('gives a user no weaker way to log in than it had', async () => {
    const username = `app-${(sequence += 1)}`;
    await under.command({ createUser: username, pwd: 'canary-first', roles: [], mechanisms: ['SCRAM-SHA-256'] });
    await under.database().changeUser(address, admin, resetOf({ username, password: '' }), yes);
    expect(await under.describe(username)).toMatchObject({ mechanisms: ['SCRAM-SHA-256'] });
  });

  it.each([
    { what: 'grants', change: { grants: { orders: 'read-only' } } },
    { what: 'a second password', change: { keep: 'canary-first' } },
  ] as const)('with $what is impossible', async ({ change }) => {
    const user = await newUser();
    await expect(
      under.database().changeUser(address, admin, { ...resetOf(user), ...change }, yes),
    ).rejects.toMatchObject({ code: 'strategy-impossible' });
  });

  it.each(['root', 'userAdminAnyDatabase', 'userAdmin', 'dbOwner', 'restore'])(
    'does not touch a user with the role %s on the users',
    async (role) => {
      const user = await newUser([{ role, db: 'admin' }]);
      await expect(under.database().changeUser(address, admin, resetOf(user), yes)).rejects.toMatchObject({
        code: 'user-reserved',
      });
      await expect(under.database().login(address, user)).resolves.toBeUndefined();
    },
  );
});

describe('the lock', () => {
  const put = async ({ username }: Credential, expiresAt: Date): Promise<void> => {
    const lock = { _id: username, holder: 'another', expiresAt };
    await under.mongo.command({ insert: 'locks', documents: [lock] }, { database: 'strongroom' });
  };

  it('of a worker that died is taken once it has expired, and is gone afterwards', async () => {
    const user = await newUser();
    await put(user, new Date(Date.now() - 1_000));
    expect(await under.database().changeUser(address, admin, resetOf(user), yes)).toBe('reset');
    expect(await lockOf(user)).toEqual([]);
  });

  it('of another worker is waited for, and left alone', async () => {
    const user = await newUser();
    await put(user, new Date(Date.now() + 3_600_000));
    const asked: string[] = [];
    await withMoreTime(500, async (commandTimeoutMs) => {
      const attempt = under.database({ commandTimeoutMs }).changeUser(address, admin, resetOf(user), () => {
        asked.push('asked');
        return Promise.resolve(true);
      });
      await expect(attempt).rejects.toMatchObject({ code: 'database-unknown', retryable: true });
    });
    expect(asked).toEqual([]);
    expect(await lockOf(user)).toMatchObject([{ _id: user.username, holder: 'another' }]);
    await under.mongo.command({ delete: 'locks', deletes: [{ q: {}, limit: 0 }] }, { database: 'strongroom' });
  });

  it('outlasts the function of its owner', async () => {
    const user = await newUser();
    let held: unknown;
    await under.database().changeUser(address, admin, resetOf(user), async () => {
      held = await lockOf(user);
      return false;
    });
    const [{ expiresAt }] = held as [{ expiresAt: Date }];
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(60_000);
  });
});

describe('checkAdmin', () => {
  const without = (role: string) => adminRoles.filter((one) => one.role !== role);

  it.each([
    {
      roles: without('readWrite'),
      lacks: 'may not keep the locks of rotations: grant it the action find on "strongroom.locks"',
    },
    { roles: without('hostManager'), lacks: 'the action killAnySession on the cluster, which the role hostManager' },
    { roles: without('userAdminAnyDatabase'), lacks: 'may not look users up: grant it the action viewUser on "admin"' },
    {
      roles: [...without('userAdminAnyDatabase'), { role: 'userAdmin', db: 'admin' }],
      lacks: 'may not copy the role "read" of "orders": grant it the action grantRole on "orders"',
    },
  ])('names what lacks: $lacks', async ({ roles, lacks }) => {
    const user = await newUser();
    const unfit = await under.addAdmin(roles);
    const task = { username: user.username, strategy: 'alternating-users' } as const;
    await expect(under.database().checkAdmin(address, unfit, task)).rejects.toThrow(lacks);
  });

  it('takes the word of a server that lists no privileges', async () => {
    const user = await newUser();
    const unlisted = { ok: 1, authInfo: { authenticatedUsers: [] } };
    under.server.answerNext('connectionStatus', unlisted);
    under.server.answerNext('connectionStatus', unlisted);
    const task = { username: user.username, strategy: 'alternating-users' } as const;
    await expect(under.database().checkAdmin(address, admin, task)).resolves.toEqual([]);
  });
});

describe('revokeUser', () => {
  it('to block ends logins for good: the same user with another password is somebody else', async () => {
    const user = await newUser();
    const heir = await newUser();
    const prepared = await under.prepare();
    const session = await prepared.openSession!(user);
    onTestFinished(() => session.close());
    const database = under.database();

    await database.revokeUser!(address, admin, { username: user.username, then: 'block', heir: heir.username }, yes);
    const clone = { from: heir.username, to: user.username, password: next };
    await database.cloneUser!(address, admin, clone, yes);

    expect(await session.ended()).toBe(true);
    expect(under.server.commands).toContainEqual(
      expect.objectContaining({ killAllSessions: [{ user: user.username, db: 'admin' }] }),
    );
  });

  it('does without what a server lacks', async () => {
    const user = await newUser();
    under.server.answerNext('usersInfo', { ok: 0, code: 303, errmsg: "Field 'showPrivileges' is not supported" });
    under.server.answerNext('killAllSessions', {
      ok: 0,
      code: 59,
      codeName: 'CommandNotFound',
      errmsg: 'no such command',
    });
    const revocation = { username: user.username, then: 'drop', heir: 'nobody' } as const;
    expect(await under.database().revokeUser!(address, admin, revocation, yes)).toBe('revoked');
  });

  it('says which privilege ending operations takes', async () => {
    const user = await newUser();
    const unfit = await under.addAdmin(adminRoles.filter(({ role }) => role !== 'hostManager'));
    const revocation = { username: user.username, then: 'block', heir: 'nobody' } as const;
    await expect(under.database().revokeUser!(address, unfit, revocation, yes)).rejects.toMatchObject({
      code: 'database-privilege',
    });
    await expect(under.database().login(address, user)).rejects.toMatchObject({ code: 'database-auth' });
  });
});

describe('passwords', () => {
  /** All that a log or an answer could take from an error. */
  const told = (error: unknown): string => {
    let text = '';
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      text += `${cause.message} ${cause.stack ?? ''} ${JSON.stringify(cause)} ${JSON.stringify(Object.entries(cause))}`;
    }
    return text;
  };

  it('are in no error, although the server quotes commands', async () => {
    const user = await newUser();
    const target = await newUser();
    const lockOnly = await under.addAdmin([
      { role: 'readWrite', db: 'strongroom' },
      { role: 'hostManager', db: 'admin' },
    ]);
    const database = under.database();
    under.server.answerNext('usersInfo', { ok: 1, users: [{ user: target.username, roles: [] }] });
    const errors = [
      await failure(database.login(address, { ...user, password: 'canary-wrong' })),
      await failure(database.changeUser(address, lockOnly, resetOf(target), yes)),
      await failure(database.changeOwnPassword(address, lockOnly, next, yes)),
      await failure(database.login({ ...address, port: 1 }, user)),
    ];
    expect(errors).toMatchObject([
      { code: 'database-auth' },
      { code: 'database-privilege' },
      { code: 'database-privilege' },
      { code: 'database-network' },
    ]);
    for (const error of errors) expect(told(error)).not.toContain('canary');
  });

  it('are not in the log of the server', async () => {
    const log = await under.mongo.readLog();
    expect(log.includes('saslContinue: step failed')).toBe(true);
    for (const secret of ['canary-', admin.password, under.mongo.adminPassword])
      expect(log.includes(secret)).toBe(false);
  });
});

describe('a user who may not come from here', () => {
  const restrict = (username: string, ...clientSource: string[]) =>
    under.command({ updateUser: username, authenticationRestrictions: [{ clientSource }] });

  it('is told from one with a wrong password', async () => {
    const user = await newUser();
    await restrict(user.username, '192.0.2.0/24');

    expect(await failure(under.database().login(address, user))).toMatchObject({ code: 'database-auth' });

    expect(await under.database().inspectUser!(address, admin, user)).toEqual({
      password: 'matches',
      barrier: { kind: 'host', detail: 'it may log in from 192.0.2.0/24 only, and this is 127.0.0.1' },
    });
    await restrict(user.username, '192.0.2.1', '127.0.0.0/8');
    expect(await under.database().inspectUser!(address, admin, user)).toEqual({ password: 'matches' });
  });

  it('gets no password, and keeps what keeps it out', async () => {
    const [from, to] = [await newUser(), await newUser()];
    await restrict(to.username, '192.0.2.1');
    const database = under.database();
    const clone = { from: from.username, to: to.username, password: next };
    const task = { username: from.username, strategy: 'alternating-users', twin: to.username } as const;

    for (const attempt of [
      () => database.changeUser(address, admin, resetOf(to), yes),
      () => database.cloneUser!(address, admin, clone, yes),
      () => database.checkAdmin(address, admin, task),
    ]) {
      expect(await failure(attempt())).toMatchObject({ code: 'login-refused-otherwise' });
    }

    expect(await under.describe(to.username)).toMatchObject({
      authenticationRestrictions: [{ clientSource: ['192.0.2.1'] }],
    });
    expect((await under.database().inspectUser!(address, admin, to)).password).toBe('matches');
  });

  it('has its password told to nobody who may not see users', async () => {
    const user = await newUser();
    const weak = await under.addAdmin([{ role: 'readWrite', db: 'strongroom' }]);
    expect(await under.database().inspectUser!(address, weak, user)).toEqual({ password: 'unreadable' });
  });
});

it('tells before a rotation which roles it will revoke', async () => {
  const [from, to] = [await newUser(), await newUser([{ role: 'readWrite', db: 'audit' }])];

  const notices = await under.database().checkAdmin(address, admin, {
    username: from.username,
    strategy: 'alternating-users',
    twin: to.username,
  });

  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatchObject({ code: 'right-revoked' });
  expect(notices[0]?.message).toContain('readWrite on database audit');
});
