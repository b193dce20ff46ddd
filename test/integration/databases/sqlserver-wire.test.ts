/**
 * SQL Server has no server that could run here. The driver is the real one, over real TLS; what it meets is a model of the
 * wire, and what the statements do on a real server is not shown (docs/verification.md).
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { sqlServerDatabase } from '../../../lambdas/databases/sqlserver/database.ts';
import type { Credential, DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import { startTdsServer, type Answer, type TdsServer } from '../../_helpers/tds/server.ts';
import type { Batch } from '../../_helpers/tds/tokens.ts';

const app: Credential = { username: 'app', password: "canary p'ä]ss" };
const admin: Credential = { username: 'boss', password: 'canary-admin' };
const next = "canary n'ext]";
const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

let certificates: LocalCertificates;
let server: TdsServer;

beforeAll(async () => {
  certificates = await createLocalCertificates();
});
afterEach(async () => {
  await server.close();
});

const start = async (options: { login?: number; plaintext?: boolean; batch?: (batch: Batch) => Answer } = {}) => {
  server = await startTdsServer({
    certificates: options.plaintext ? undefined : certificates,
    login: () => options.login,
    ...(options.batch && { batch: options.batch }),
  });
  const address: DatabaseAddress = {
    host: '127.0.0.1',
    port: server.port,
    dbname: 'orders',
    tls: { mode: 'verify-full' },
  };
  return address;
};
const database = (ca = certificates.ca) =>
  sqlServerDatabase({ trust: trustIn([ca]), deadline: { remainingMs: () => 60_000 }, connectTimeoutMs: 60_000 });

/** A server on which everybody exists, is enabled and may do all. */
const willing = ({ text }: Batch): Answer => {
  if (text.includes('sp_getapplock')) return { columns: [{ name: 'outcome', type: 'number' }], rows: [{ outcome: 0 }] };
  if (text.includes('HAS_PERMS_BY_NAME')) {
    return {
      columns: [
        { name: 'admin', type: 'text' },
        { name: 'has', type: 'number' },
      ],
      rows: [{ admin: 'boss', has: 1 }],
    };
  }
  if (text.includes('FROM sys.server_principals p')) return loginRow({});
  if (text.includes('AS statement')) return { columns: [{ name: 'statement', type: 'text' }], rows: [] };
  return undefined;
};
const loginRow = (row: { disabled?: number; self?: number; reserved?: number }): Answer => ({
  columns: [
    { name: 'name', type: 'text' },
    ...(['disabled', 'self', 'reserved'] as const).map((name) => ({ name, type: 'number' as const })),
  ],
  rows: [{ name: 'app', disabled: 0, self: 0, reserved: 0, ...row }],
});
/** What was sent that changes something, in its order. */
const changes = (): string[] =>
  server.batches.map(({ text }) => text.replace(/\s+/g, ' ')).filter((text) => text.includes('EXEC (@statement)'));

describe('a login to SQL Server', () => {
  it('goes over TLS that is verified, once, with the credential as it is', async () => {
    const address = await start();
    await database().login(address, app);
    expect(server.logins).toEqual([app]);
  });

  it.each([
    { number: 18456, code: 'database-auth', what: 'a wrong password' },
    { number: 18486, code: 'database-locked', what: 'a login that is locked out' },
    { number: 18470, code: 'database-locked', what: 'a disabled login' },
    { number: 17892, code: 'database-locked', what: 'a login that a logon trigger refuses' },
    { number: 4060, code: 'database-privilege', what: 'a database that the login may not open' },
  ])('calls $what $code, and tries no second time', async ({ number, code }) => {
    const address = await start({ login: number });
    await expect(database().login(address, app)).rejects.toMatchObject({ code, retryable: false });
    expect(server.logins).toHaveLength(1);
  });

  it('tries once more where the server has too many connections', async () => {
    const address = await start({ login: 17809 });
    await expect(database().login(address, app)).rejects.toMatchObject({ code: 'database-network', retryable: true });
    expect(server.logins.length).toBeGreaterThan(1);
  });

  it('tells a server that nobody vouches for no password', async () => {
    const other = await createLocalCertificates();
    const address = await start();
    await expect(database(other.ca).login(address, app)).rejects.toMatchObject({
      code: 'database-tls',
      retryable: false,
    });
    expect(server.logins).toEqual([]);
  });

  it('tells a server without TLS no password', async () => {
    const address = await start({ plaintext: true });
    await expect(database().login(address, app)).rejects.toMatchObject({ code: 'database-tls' });
    expect(server.logins).toEqual([]);
  });

  it('wants the name in the certificate that the address says', async () => {
    const address = await start();
    const named = (servername: string): DatabaseAddress => ({ ...address, tls: { mode: 'verify-full', servername } });
    await database().login(named('localhost'), app);
    await expect(database().login(named('db.example.com'), app)).rejects.toMatchObject({ code: 'database-tls' });
  });

  it('says that nobody answers', async () => {
    const address = await start();
    await server.close();
    await expect(database().login(address, app)).rejects.toMatchObject({ code: 'database-network', retryable: true });
  });
});

describe('a session at SQL Server', () => {
  it.each([
    ['set implicit_transactions off', 'a change would wait for a commit that never comes'],
    ['set quoted_identifier on', 'names in quotes would be texts'],
    ['set ansi_nulls on', 'comparisons with NULL would hold'],
    ['set language us_english', 'the default language of the login would count'],
    ['set transaction isolation level read committed', 'rights that are not committed would be copied'],
  ])('does not inherit what the server has by default: %s, or %s', async (setting) => {
    const address = await start({ batch: willing });
    await database().login(address, app);
    expect(server.settings).toHaveLength(1);
    expect(server.settings[0]?.toLowerCase()).toContain(setting);
  });
});

describe('a change of a password at SQL Server', () => {
  it('has the passwords in parameters and the quoting from the server', async () => {
    const address = await start({ batch: willing });

    expect(await database().changeOwnPassword(address, app, next, yes)).toBe('changed');

    const { text, parameters } = server.batches.at(-1)!;
    expect(parameters).toEqual({ login: 'app', password: next, old: app.password });
    expect(text).not.toContain('canary');
    expect(text).toContain("N' WITH PASSWORD = N' + QUOTENAME(@password, N'''')");
  });

  it('does nothing where it is withdrawn under the lock, or the lock is not had', async () => {
    const address = await start({ batch: willing });
    expect(await database().changeOwnPassword(address, app, next, no)).toBe('withdrawn');
    expect(await database().changeUser(address, admin, { ...app, resetPassword: true, version: 'v1' }, no)).toBe(
      'withdrawn',
    );
    expect(changes()).toEqual([]);
    await server.close();

    const busy = await start({
      batch: (batch) =>
        batch.text.includes('sp_getapplock')
          ? { columns: [{ name: 'outcome', type: 'number' }], rows: [{ outcome: -1 }] }
          : willing(batch),
    });
    await expect(database().changeOwnPassword(busy, app, next, yes)).rejects.toMatchObject({ retryable: true });
    expect(changes()).toEqual([]);
  });

  it('is uncertain where its answer is lost, and certain where the server refused it', async () => {
    const address = await start({ batch: (batch) => (batch.text.includes('ALTER LOGIN') ? 'lost' : willing(batch)) });
    await expect(database().changeOwnPassword(address, app, next, yes)).rejects.toMatchObject({
      code: 'database-network',
      uncertain: true,
    });
    await server.close();

    const refusing = await start({
      batch: (batch) =>
        batch.text.includes('ALTER LOGIN') ? { error: 15151, message: 'Cannot alter the login' } : willing(batch),
    });
    await expect(database().changeOwnPassword(refusing, app, next, yes)).rejects.toMatchObject({
      code: 'database-privilege',
      uncertain: false,
    });
  });

  it.each([{ self: 1 }, { reserved: 1 }])('is refused for a login that is no application’s: %j', async (row) => {
    const address = await start({
      batch: (batch) => (batch.text.includes('FROM sys.server_principals p') ? loginRow(row) : willing(batch)),
    });
    const change = { ...app, password: next, resetPassword: true, version: 'v1' };
    await expect(database().changeUser(address, admin, change, yes)).rejects.toMatchObject({ code: 'user-reserved' });
    expect(changes()).toEqual([]);
  });
});

/** What an admin sees of the login `app`. */
const seen = (
  row: Partial<Record<'readable' | 'matches' | 'disabled' | 'denied' | 'locked' | 'expired' | 'change', number>>,
) =>
  start({
    batch: (batch) => {
      if (!batch.text.includes('PWDCOMPARE')) return willing(batch);
      const whole = { readable: 1, matches: 1, disabled: 0, denied: 0, locked: 0, expired: 0, change: 0, ...row };
      return { columns: Object.keys(whole).map((name) => ({ name, type: 'number' as const })), rows: [whole] };
    },
  });

describe('why SQL Server refuses a login', () => {
  it.each([
    [{}, { password: 'matches' }],
    [{ matches: 0 }, { password: 'differs' }],
    [{ readable: 0, matches: 0 }, { password: 'unreadable' }],
    [{ disabled: 1 }, { password: 'matches', barrier: { kind: 'disabled' } }],
    [
      { denied: 1, matches: 0 },
      { password: 'differs', barrier: { kind: 'disabled' } },
    ],
    [{ locked: 1 }, { password: 'matches', barrier: { kind: 'policy' } }],
    [{ expired: 1 }, { password: 'matches', barrier: { kind: 'expired' } }],
    [{ change: 1 }, { password: 'matches', barrier: { kind: 'expired' } }],
    // Another password ends that.
    [{ expired: 1, matches: 0 }, { password: 'differs' }],
  ])('is read from %j', async (row, expected) => {
    const inspection = await database().inspectUser!(await seen(row), admin, app);
    expect(inspection).toMatchObject(expected);
    expect(inspection.barrier === undefined).toBe(!('barrier' in expected));
    const { text, parameters } = server.batches.at(-1)!;
    expect(parameters).toEqual({ login: 'app', password: app.password });
    expect(text).not.toContain('canary');
  });

  it('has a code of its own where a policy refuses the password', async () => {
    const address = await start({
      batch: (batch) =>
        batch.text.includes('ALTER LOGIN') ? { error: 15118, message: 'Password validation failed' } : willing(batch),
    });
    await expect(database().changeOwnPassword(address, app, next, yes)).rejects.toMatchObject({
      code: 'password-refused',
      retryable: false,
    });
  });
});

describe('a login that somebody disabled', () => {
  it('gets no password, is not enabled, and neither is its twin made in its place', async () => {
    const address = await start({
      batch: (batch) =>
        batch.text.includes('FROM sys.server_principals p') ? loginRow({ disabled: 1 }) : willing(batch),
    });
    const clone = { from: 'app', to: 'app_clone', password: next };
    const change = { ...app, password: next, resetPassword: true, version: 'v1' };
    const disabled = { code: 'user-disabled' };

    await expect(database().changeUser(address, admin, change, yes)).rejects.toMatchObject(disabled);
    await expect(database().cloneUser!(address, admin, clone, yes)).rejects.toMatchObject(disabled);
    const task = { username: 'app', strategy: 'single-user' } as const;
    await expect(database().checkAdmin(address, admin, task)).rejects.toMatchObject(disabled);

    expect(changes()).toEqual([]);
  });
});

describe('a contained user of the name of a login', () => {
  /** As SecretsManagerRDSSQLServerRotationMultiUser leaves it in a contained database. */
  const contained = ({ text, ...batch }: Batch): Answer =>
    text.includes('authentication_type = 2')
      ? { columns: [{ name: 'database', type: 'text' }], rows: [{ database: 'orders' }] }
      : willing({ text, ...batch });
  const change = { ...app, password: next, resetPassword: true, version: 'v1' };
  const clone = { from: 'app', to: 'app_clone', password: next };
  const task = { username: 'app', strategy: 'single-user' } as const;

  it.each([
    ['a change by the user', (address: DatabaseAddress) => database().changeOwnPassword(address, app, next, yes)],
    ['a change by the admin', (address: DatabaseAddress) => database().changeUser(address, admin, change, yes)],
    ['a second login', (address: DatabaseAddress) => database().cloneUser!(address, admin, clone, yes)],
    ['a check', (address: DatabaseAddress) => database().checkAdmin(address, admin, task)],
  ])('refuses %s with the way to migrate, and nothing is changed', async (_, attempt) => {
    const address = await start({ batch: contained });

    await expect(attempt(address)).rejects.toMatchObject({
      code: 'strategy-impossible',
      message: expect.stringMatching(
        /contained user of the database "orders".*Create a login of another name/,
      ) as string,
    });

    expect(server.batches.filter(({ text }) => /ALTER LOGIN|CREATE LOGIN/.test(text))).toEqual([]);
    expect(changes()).toEqual([]);
  });
});

describe('a second login at SQL Server', () => {
  it('has told what it loses', async () => {
    const statements = [
      'ALTER ROLE [db_datawriter] DROP MEMBER [app_clone]',
      'REVOKE SELECT ON OBJECT::[dbo].[o]]dd] FROM [app_clone] CASCADE',
      'GRANT INSERT ON OBJECT::[dbo].[orders] TO [app_clone]',
    ];
    const address = await start({
      batch: (batch) =>
        batch.text.includes('sys.database_permissions p WHERE p.class IN')
          ? { columns: [{ name: 'statement', type: 'text' }], rows: statements.map((statement) => ({ statement })) }
          : willing(batch),
    });
    const told: unknown[] = [];
    const clone = { from: 'app', to: 'app_clone', password: next, onRevoked: (right: unknown) => told.push(right) };

    await database().cloneUser!(address, admin, clone, yes);

    expect(told).toEqual([
      { username: 'app_clone', privilege: 'member of', object: 'role [db_datawriter]' },
      { username: 'app_clone', privilege: 'SELECT', object: 'OBJECT::[dbo].[o]]dd]' },
    ]);
    const task = { username: 'app', strategy: 'alternating-users', twin: 'app_clone' } as const;
    expect((await database().checkAdmin(address, admin, task)).map(({ code }) => code)).toEqual([
      'right-revoked',
      'right-revoked',
    ]);
  });

  it('is closed while its rights are made, and gets its password last', async () => {
    const address = await start({ batch: willing });

    expect(await database().cloneUser!(address, admin, { from: 'app', to: 'app_clone', password: next }, yes)).toBe(
      'reset',
    );

    const done = changes();
    expect(done.join()).not.toMatch(/DISABLE|ENABLE/);
    const passwords = server.batches.map(({ parameters }) => parameters['password']).filter((one) => one !== undefined);
    expect(passwords).toHaveLength(2);
    expect(passwords[0]).not.toBe(next);
    expect(server.batches.at(-1)!.parameters).toEqual({ login: 'app_clone', password: next });
    const asked = server.batches.map(({ text }) => text).join('\n');
    for (const view of [
      'sys.server_role_members',
      'sys.server_permissions',
      'sys.database_role_members',
      'sys.database_permissions',
      'sys.schemas',
    ]) {
      expect(asked).toContain(view);
    }
  });

  it('runs what the server wrote, as it wrote it', async () => {
    const granted = 'GRANT SELECT ON OBJECT::[dbo].[o]]dd] TO [app_clone]';
    const address = await start({
      batch: (batch) =>
        batch.text.includes('sys.database_permissions p WHERE p.class IN')
          ? { columns: [{ name: 'statement', type: 'text' }], rows: [{ statement: granted }] }
          : willing(batch),
    });
    await database().cloneUser!(address, admin, { from: 'app', to: 'app_clone', password: next }, yes);
    expect(server.batches.map(({ parameters }) => parameters['statement'])).toContain(granted);
  });

  it('ends in this order: no new login, no session, nothing owned, gone', async () => {
    let sessions = 2;
    const address = await start({
      batch: (batch) => {
        if (!batch.text.includes('sys.dm_exec_sessions')) return willing(batch);
        sessions -= 1;
        const rows = sessions > 0 ? [{ statement: `KILL ${50 + sessions}` }] : [];
        return { columns: [{ name: 'statement', type: 'text' }], rows };
      },
    });
    const revocation = { username: 'app_clone', then: 'drop', heir: 'app' } as const;

    expect(await database().revokeUser!(address, admin, revocation, yes)).toBe('revoked');

    const order = server.batches.flatMap(({ text, parameters }) => {
      if (text.includes('WITH PASSWORD')) return ['block'];
      if (parameters['statement'] === 'KILL 51') return ['kill'];
      if (text.includes('ALTER AUTHORIZATION')) return ['hand over'];
      return text.includes('DROP LOGIN') ? ['drop'] : [];
    });
    expect(order).toEqual(['block', 'kill', 'hand over', 'drop']);
  });

  it('that has sessions which do not end is told of before the function’s time is up', async () => {
    let remaining = 20_000;
    const address = await start({
      batch: (batch) => {
        if (!batch.text.includes('sys.dm_exec_sessions')) return willing(batch);
        remaining = 0;
        return { columns: [{ name: 'statement', type: 'text' }], rows: [{ statement: 'KILL 51' }] };
      },
    });
    const hurried = sqlServerDatabase({
      trust: trustIn([certificates.ca]),
      deadline: { remainingMs: () => remaining },
      connectTimeoutMs: 60_000,
    });
    const revocation = { username: 'app_clone', then: 'block', heir: 'app' } as const;

    await expect(hurried.revokeUser!(address, admin, revocation, yes)).rejects.toMatchObject({
      code: 'sessions-remain',
      retryable: true,
    });
    expect(server.batches.filter(({ text }) => text.includes('sys.dm_exec_sessions'))).toHaveLength(1);
  });

  it('that is not there has ended already', async () => {
    const none: Answer = { columns: [{ name: 'name', type: 'text' }], rows: [] };
    const address = await start({
      batch: (batch) => (batch.text.includes('FROM sys.server_principals p') ? none : willing(batch)),
    });
    const revocation = { username: 'app_clone', then: 'drop', heir: 'app' } as const;
    expect(await database().revokeUser!(address, admin, revocation, yes)).toBe('absent');
    expect(changes()).toEqual([]);
  });

  it('needs an admin who may do all that, and is told what lacks', async () => {
    const task = { username: 'app', strategy: 'alternating-users' } as const;
    await database().checkAdmin(await start({ batch: willing }), admin, task);
    await server.close();
    const itself = await start({
      batch: (batch) => (batch.text.includes('FROM sys.server_principals p') ? loginRow({ self: 1 }) : willing(batch)),
    });
    await database().checkAdmin(itself, admin, { username: admin.username, strategy: 'admin' });
    await server.close();
    const address = await start({
      batch: (batch) =>
        batch.parameters['permission'] === 'ALTER ANY CONNECTION'
          ? {
              columns: [
                { name: 'admin', type: 'text' },
                { name: 'has', type: 'number' },
              ],
              rows: [{ admin: 'boss', has: 0 }],
            }
          : willing(batch),
    });
    await expect(database().checkAdmin(address, admin, task)).rejects.toThrow(
      'The admin "boss" may not end the sessions of a login: grant it ALTER ANY CONNECTION on the server',
    );
  });
});

it('no password is in what goes wrong', async () => {
  const address = await start({ login: 18456 });
  const error: unknown = await database()
    .login(address, app)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    expect(`${cause.message} ${JSON.stringify(cause)}`).not.toContain('canary');
  }
});
