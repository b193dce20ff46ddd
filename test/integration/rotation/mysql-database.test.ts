import { createCA, createCert } from 'mkcert';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { trustIn } from '../../../lambdas/adapters/database-trust.ts';
import type { Confirm, Credential, DatabaseAddress } from '../../../lambdas/rotation/ports.ts';
import { DatabaseError, RotationError } from '../../../lambdas/rotation/rotation-error.ts';
import type { LocalMysql } from '../../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { startGreetingServer } from '../../_helpers/mysql-greeting.ts';
import { accountAt, rightsOf } from '../../_helpers/mysql-rights.ts';
import {
  connectAs,
  openDatabase,
  prepareMysql,
  startFlavour,
  type MysqlUnderTest,
} from '../../_helpers/mysql-under-test.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';

const yes: Confirm = () => Promise.resolve(true);
const app: Credential = { username: 'app', password: 'first' };
const clone: Credential = { username: 'app_clone', password: 'of the clone' };

const failureOf = async (promise: Promise<unknown>): Promise<RotationError> => {
  const error = await promise.then(
    (result) => new Error(`expected a failure, got ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof RotationError) return error;
  throw error;
};

describe.each(['mysql', 'mariadb'] as const)('a real %s', (flavour) => {
  const certificates = createLocalCertificates();
  let server: LocalMysql;
  let under: MysqlUnderTest;
  let address: DatabaseAddress;

  beforeAll(async () => {
    server = await startFlavour(flavour, {
      certificates: await certificates,
      // A key pair, as on RDS: it is offered to whoever comes without TLS.
      ...(flavour === 'mysql' && { settings: ['caching-sha2-password-auto-generate-rsa-keys=ON'] }),
    });
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    under = await prepareMysql(flavour, server);
    address = under.address;
  });

  const answer = async (credential: Credential): Promise<string> => {
    try {
      await under.database.login(address, credential);
      return 'accepted';
    } catch (error) {
      if (error instanceof DatabaseError) return error.kind;
      throw error;
    }
  };
  const reset = (password: string, keep?: string) =>
    under.database.changeUser(
      address,
      under.admin,
      {
        username: 'app',
        password,
        resetPassword: true,
        version: `of ${password}`,
        ...(keep !== undefined && { keep }),
      },
      yes,
    );
  const cloneApp = (confirm = yes) =>
    under.database.cloneUser!(
      address,
      under.admin,
      { from: 'app', to: clone.username, password: clone.password },
      confirm,
    );
  const revoke = (then: 'block' | 'drop', admin = under.admin) =>
    under.database.revokeUser!(address, admin, { username: 'app', then, heir: 'heir' }, yes);
  /** For the rest of the test. */
  const set = async (variable: string, value: string): Promise<void> => {
    const [before] = await server.query('SHOW GLOBAL VARIABLES LIKE ?', { values: [variable] });
    await server.query(`SET GLOBAL ${variable} = ${value}`);
    onTestFinished(async () => {
      await server.query(`SET GLOBAL ${variable} = ?`, { values: [before?.['Value']] });
    });
  };
  const hosts = async (username: string): Promise<unknown[]> =>
    (await server.query('SELECT Host AS host FROM mysql.user WHERE User = ? ORDER BY 1', { values: [username] })).map(
      ({ host }) => host,
    );

  describe('and whom it is believed to be', () => {
    const logIn = (at: Partial<DatabaseAddress>, trust = trustIn([server.ca])) =>
      openDatabase(flavour, server, { trust }).login({ ...address, ...at }, under.admin);

    it('is refused where nobody vouches for it, and no login is tried', async () => {
      const before = await server.readErrorLog();
      const other = await createLocalCertificates();

      const failure = await failureOf(logIn({}, trustIn([other.ca])));

      expect(failure.code).toBe('database-tls');
      expect(failure.retryable).toBe(false);
      expect((await server.readErrorLog()).split('Access denied').length).toBe(before.split('Access denied').length);
    });

    it('is believed by the authority that the secret brings', async () => {
      await logIn({ tls: { mode: 'verify-full', ca: server.ca } }, trustIn([]));
    });

    it('must bear the name that the secret names, if it names one', async () => {
      await logIn({ tls: { mode: 'verify-full', servername: 'localhost' } });
      const wrong = logIn({ tls: { mode: 'verify-full', servername: 'db.example.com' } });
      expect((await failureOf(wrong)).code).toBe('database-tls');
    });

    it('is not spoken to in plaintext, also where the other end does not know TLS', async () => {
      const plain = await startGreetingServer();
      onTestFinished(() => plain.stop());

      expect((await failureOf(logIn({ port: plain.port }))).code).toBe('database-tls');

      expect(plain.received).toEqual([]);
    });

    it('refuses a connection without TLS, where the secret turned it off', async () => {
      const failure = await failureOf(logIn({ tls: { mode: 'off' } }));
      // MariaDB gives no reason: it could as well be the password.
      expect(failure.code).toBe(flavour === 'mysql' ? 'database-tls' : 'database-auth');
      expect(failure.message).toContain('without TLS');
    });

    if (flavour === 'mysql') {
      it('gets no password over a plain connection, also under a key of its own', async () => {
        await set('require_secure_transport', 'OFF');
        await under.addUser(app);
        const plain = { ...address, tls: { mode: 'off' } } as const;

        const failure = await failureOf(under.database.login(plain, app));

        expect(failure.code).toBe('database-tls');
        expect(failure.message).toContain('use TLS');
        // Once a login over TLS has let the server remember it, a challenge is enough.
        await under.database.login(address, app);
        await under.database.login(plain, app);
      });
    } else {
      it('takes the answer to a challenge over a plain connection', async () => {
        await set('require_secure_transport', 'OFF');
        await under.addUser(app);
        await under.database.login({ ...address, tls: { mode: 'off' } }, app);
      });
    }
  });

  it('is refused at an address whose certificate is for a name alone', async () => {
    const ca = await createCA({ organization: 'x', countryCode: 'AQ', state: 'x', locality: 'x', validity: 2 });
    const { cert, key } = await createCert({ ca, domains: ['localhost'], validity: 2 });
    const greeting = await startGreetingServer({ cert, key });
    onTestFinished(() => greeting.stop());
    const database = openDatabase(flavour, server, { trust: trustIn([ca.cert]) });
    const at = { ...address, port: greeting.port };

    expect((await failureOf(database.login(at, app))).code).toBe('database-tls');
    expect(greeting.received).toEqual([]);
    // By that name it would have gone on.
    const byName = { ...at, tls: { mode: 'verify-full', servername: 'localhost' } } as const;
    const impatient = openDatabase(flavour, server, { trust: trustIn([ca.cert]), connectTimeoutMs: 1_000 });
    await failureOf(impatient.login(byName, app));
    expect(greeting.received).not.toEqual([]);
  });

  it('quotes the same whatever the server takes quotes for', async () => {
    await set('sql_mode', "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'");
    const odd = { username: `a"b'c\\\`d`, password: `1"2'3\\4\`5` };
    await under.addUser(app);
    const change = { ...odd, resetPassword: true, version: 'v', grants: { public: 'read-only' } } as const;
    const next = `${odd.password}\\'"`;

    expect(await under.database.changeUser(address, under.admin, change, yes)).toBe('created');
    expect(await under.database.changeUser(address, under.admin, change, yes)).toBe('reset');
    expect(await answer(odd)).toBe('accepted');
    expect(await under.database.changeOwnPassword(address, odd, next, yes)).toBe('changed');
    expect(await answer({ ...odd, password: next })).toBe('accepted');
    expect(await answer(app)).toBe('accepted');
  });

  describe('with several accounts of one name', () => {
    beforeEach(async () => {
      await under.addUser(app);
      await server.query(
        "CREATE USER 'app'@'127.0.0.1' IDENTIFIED BY 'of the loopback', 'app'@'10.%' IDENTIFIED BY 'x'",
      );
    });

    it('changes all of them in one statement, and keeps their hosts', async () => {
      const marker = (await server.readLog()).length;

      await reset('second');

      expect(await answer({ ...app, password: 'second' })).toBe('accepted');
      await server.query("DROP USER 'app'@'127.0.0.1'");
      expect(await answer({ ...app, password: 'second' })).toBe('accepted');
      expect(await hosts('app')).toEqual(['%', '10.%']);
      const changes = (await server.readLog()).slice(marker).match(/Query\s+ALTER USER .*IDENTIFIED/g) ?? [];
      expect(changes).toHaveLength(1);
    });

    it('clones all of them, and drops the clones of those that are gone', async () => {
      await cloneApp();
      expect(await hosts(clone.username)).toEqual(['%', '10.%', '127.0.0.1']);
      expect(await answer(clone)).toBe('accepted');

      await server.query("DROP USER 'app'@'127.0.0.1'");
      await cloneApp();

      expect(await hosts(clone.username)).toEqual(['%', '10.%']);
      expect(await answer(clone)).toBe('accepted');
    });

    it('revokes all of them', async () => {
      expect(await revoke('drop')).toBe('revoked');
      expect(await hosts('app')).toEqual([]);
    });

    it('lets a user who sees that, and may not change the others, change none', async () => {
      const own = { ...app, password: 'of the loopback' };
      await server.query("GRANT SELECT ON mysql.* TO 'app'@'127.0.0.1'");

      const failure = await failureOf(under.database.changeOwnPassword(address, own, 'second', yes));

      expect(failure.code).toBe('database-privilege');
      expect(await answer(own)).toBe('accepted');
    });

    it('lets an admin change all of its own', async () => {
      await server.query(`CREATE USER ${accountAt(under.admin.username, '10.%')} IDENTIFIED BY 'x'`);

      await under.database.changeOwnPassword(address, under.admin, 'second', yes);

      expect(await answer({ ...under.admin, password: 'second' })).toBe('accepted');
      const stored = await server.query('SELECT authentication_string AS hash FROM mysql.user WHERE User = ?', {
        values: [under.admin.username],
      });
      expect(stored).toHaveLength(2);
      if (flavour === 'mariadb') expect(new Set(stored.map(({ hash }) => hash)).size).toBe(1);
    });
  });

  describe('with an account that takes no password now', () => {
    beforeEach(() => under.addUser(app));

    it('says "locked" where it is, and a rotation does not unlock it', async () => {
      await server.query("ALTER USER 'app'@'%' ACCOUNT LOCK");
      await reset('second');
      await cloneApp();

      expect(await answer({ ...app, password: 'second' })).toBe('locked');
      expect(await answer(clone)).toBe('locked');
    });

    it('says "locked" where the password has expired, and another password mends that', async () => {
      await server.query("ALTER USER 'app'@'%' PASSWORD EXPIRE");
      expect(await answer(app)).toBe('locked');

      await reset('second');
      expect(await answer({ ...app, password: 'second' })).toBe('accepted');
    });
  });

  describe('revoking', () => {
    beforeEach(() => under.addUser(app));

    const weaken = async (...privileges: string[]): Promise<void> => {
      for (const privilege of privileges) {
        await server.query(`REVOKE ${privilege} ON *.* FROM ${accountAt(under.admin.username)}`);
      }
    };
    const kill = flavour === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN';

    it('ends sessions by the procedure of RDS where the admin may not kill', async () => {
      await weaken(kill);
      await server.query(
        'CREATE DEFINER = CURRENT_USER PROCEDURE mysql.rds_kill(IN id BIGINT) SQL SECURITY DEFINER KILL id',
      );
      onTestFinished(async () => {
        await server.query('DROP PROCEDURE mysql.rds_kill');
      });
      const session = await under.openSession!(app);

      expect(await revoke('block')).toBe('revoked');

      expect(await session.ended()).toBe(true);
      await session.close();
    });

    it.each([
      ['to kill', kill, kill],
      ['to see the sessions of others', 'PROCESS', 'PROCESS'],
    ])('changes nothing where the admin lacks the privilege %s', async (_, privilege, named) => {
      await weaken(privilege);

      const failure = await failureOf(revoke('block'));
      const check = await failureOf(
        under.database.checkAdmin(address, under.admin, { username: 'app', strategy: 'alternating-users' }),
      );

      for (const { code, message } of [failure, check]) {
        expect(code).toBe('database-privilege');
        expect(message).toContain(named);
      }
      expect(await answer(app)).toBe('accepted');
    });

    it('does not drop the definer of what would stop working, but lets it in no more', async () => {
      await server.query("CREATE DEFINER = 'app'@'%' SQL SECURITY DEFINER VIEW public.totals AS SELECT 1 AS one");
      await server.query("CREATE DEFINER = 'app'@'%' PROCEDURE public.count_up() SELECT 1");

      const failure = await failureOf(revoke('drop'));

      expect(failure.code).toBe('strategy-impossible');
      expect(failure.message).toContain('procedure public.count_up, view public.totals');
      expect(await answer(app)).toBe('auth');
      await server.query('DROP VIEW public.totals');
      await server.query('DROP PROCEDURE public.count_up');
      expect(await revoke('drop')).toBe('revoked');
    });
  });

  describe('reconciling grants', () => {
    const provision = (grants: Record<string, 'read-only' | 'read-write'>) =>
      under.database.changeUser(address, under.admin, { ...app, resetPassword: false, version: 'v', grants }, yes);

    it('gives rights on the database that is named, and not on those whose names are like it', async () => {
      await server.query('CREATE DATABASE my_app');
      await server.query('CREATE DATABASE myXapp');
      await server.query('CREATE TABLE myXapp.secrets (id int)');

      await provision({ my_app: 'read-only' });

      const connection = await connectAs(server, app);
      await expect(connection.query('SELECT * FROM myXapp.secrets')).rejects.toThrow(/denied/);
      await expect(connection.query('USE my_app')).resolves.toBeDefined();
      await connection.end();
    });

    it('takes away what is wider than what the catalog names: everywhere, in other databases, by a role', async () => {
      await under.addUser(app);
      await server.query("GRANT PROCESS ON *.* TO 'app'@'%'");
      await server.query("GRANT ALL PRIVILEGES ON shop_eu.* TO 'app'@'%' WITH GRANT OPTION");
      await server.query("GRANT reader TO 'app'@'%'");

      await provision({ public: 'read-only' });

      expect((await rightsOf(server, 'app')).filter((line) => line.includes('GRANT'))).toEqual([
        '%: GRANT SELECT ON `public`.* TO <user>@`%`',
        '%: GRANT USAGE ON *.* TO <user>@`%`',
      ]);
    });

    it('passes over rights on a table that was dropped', async () => {
      await under.addUser(app);
      await server.query("GRANT SELECT ON shop_eu.refunds TO 'app'@'%'");
      await server.query("GRANT SELECT ON shop_eu.orders TO 'app'@'%'");
      await server.query('DROP TABLE shop_eu.refunds');

      expect(await cloneApp()).toBe('created');

      expect((await rightsOf(server, clone.username)).join()).toContain('GRANT SELECT ON `shop_eu`.`orders`');
      expect(await answer(clone)).toBe('accepted');
    });

    it('names the right that the admin may not pass on, and the clone logs in nowhere', async () => {
      await under.addUser(app);
      await server.query("GRANT SHUTDOWN ON *.* TO 'app'@'%'");

      const failure = await failureOf(cloneApp());

      expect(failure.code).toBe('database-privilege');
      expect(failure.message).toContain('GRANT SHUTDOWN ON *.*');
      expect(await answer(clone)).toBe('auth');
      await server.query("REVOKE SHUTDOWN ON *.* FROM 'app'@'%'");
      await cloneApp();
      expect(await answer(clone)).toBe('accepted');
    });

    it('refuses users who could become the admin', async () => {
      await under.addUser(app);
      await server.query("GRANT CREATE USER ON *.* TO 'app'@'%'");

      expect((await failureOf(reset('second'))).code).toBe('user-reserved');
      expect((await failureOf(cloneApp())).code).toBe('user-reserved');
    });
  });

  it('is no writer where it may only be read', async () => {
    await under.addUser(app);
    await set(flavour === 'mysql' ? 'super_read_only' : 'read_only', 'ON');
    if (flavour === 'mysql') {
      onTestFinished(async () => {
        await server.query('SET GLOBAL read_only = OFF');
      });
    }

    const failure = await failureOf(reset('second'));

    expect(failure.code).toBe('database-unknown');
    expect(failure.retryable).toBe(true);
    expect(failure.message).toMatch(/1290|1836/);
  });

  it('leaves it uncertain whether a change happened whose answer is lost, and nothing else', async () => {
    await under.addUser(app);
    const proxy = await startTcpProxy(server);
    onTestFinished(() => proxy.stop());
    const through = { ...address, port: proxy.port };
    const changeAfter = (writes: number) =>
      failureOf(
        under.database.changeUser(
          through,
          under.admin,
          { username: 'app', password: 'second', resetPassword: true, version: 'v' },
          () => {
            proxy.cutAfterWrites(writes);
            return Promise.resolve(true);
          },
        ),
      );
    // Accounts, in MySQL their default roles too, and grants are read before.
    const reads = flavour === 'mysql' ? 3 : 2;

    const reading = await changeAfter(reads);
    expect(reading).toMatchObject({ code: 'database-network', uncertain: false });
    expect(await answer(app)).toBe('accepted');

    proxy.cutAfterWrites(Infinity);
    const changing = await changeAfter(reads + 1);
    expect(changing).toMatchObject({ code: 'database-network', uncertain: true });
    expect(await answer({ ...app, password: 'second' })).toBe('accepted');
  });

  it('is called by the name of the engine that it is', async () => {
    await under.addUser(app);
    const other = openDatabase(flavour === 'mysql' ? 'mariadb' : 'mysql', server);

    const failure = await failureOf(other.changeOwnPassword(address, app, 'second', yes));

    expect(failure.code).toBe('engine-mismatch');
    expect(await answer(app)).toBe('accepted');
  });

  if (flavour === 'mysql') {
    describe('with two passwords', () => {
      beforeEach(() => under.addUser(app));

      it('keeps the one in use, also where an earlier rotation left a third behind', async () => {
        await reset('abandoned', app.password);

        expect(await reset('second', app.password)).toBe('reset');

        expect(await answer(app)).toBe('accepted');
        expect(await answer({ ...app, password: 'second' })).toBe('accepted');
        expect(await answer({ ...app, password: 'abandoned' })).toBe('auth');
      });

      it('discards one that was never promoted', async () => {
        await reset('abandoned', app.password);

        await under.database.discardPassword!(address, under.admin, { username: 'app', keep: app.password }, yes);

        expect(await answer(app)).toBe('accepted');
        expect(await answer({ ...app, password: 'abandoned' })).toBe('auth');
      });

      it('has one alone after a reset that keeps none, and in a clone', async () => {
        await reset('second', app.password);
        await reset('third');
        expect(await answer(app)).toBe('auth');
        expect(await answer({ ...app, password: 'second' })).toBe('auth');
        expect(await answer({ ...app, password: 'third' })).toBe('accepted');
      });
    });

    it('clones rights that are taken back in a part, and takes names literally then', async () => {
      const partial = await startFlavour('mysql', {
        certificates: await certificates,
        settings: ['partial-revokes=ON'],
      });
      onTestFinished(() => partial.stop());
      const there = await prepareMysql('mysql', partial);
      const change = { ...app, resetPassword: false, version: 'v', grants: { shop_eu: 'read-only' } } as const;
      await there.database.changeUser(there.address, there.admin, change, yes);
      const connection = await connectAs(partial, app);
      await expect(connection.query('SELECT * FROM shop_eu.orders')).resolves.toBeDefined();
      await connection.end();

      await partial.query("GRANT SELECT, INSERT ON *.* TO 'app'@'%'");
      await partial.query("REVOKE INSERT ON shop_eu.* FROM 'app'@'%'");
      const wanted = { from: 'app', to: clone.username, password: clone.password };
      await there.database.cloneUser!(there.address, there.admin, wanted, yes);
      expect(await rightsOf(partial, clone.username)).toEqual(await rightsOf(partial, 'app'));
      expect((await rightsOf(partial, 'app')).join()).toContain('REVOKE INSERT ON `shop_eu`.*');

      await partial.query("GRANT INSERT ON shop_eu.* TO 'app'@'%'");
      await there.database.cloneUser!(there.address, there.admin, wanted, yes);
      expect(await rightsOf(partial, clone.username)).toEqual(await rightsOf(partial, 'app'));
      expect((await rightsOf(partial, 'app')).join()).not.toContain('REVOKE');
    });

    it('refuses to send a password to a server that logs statements as they come', async () => {
      await under.addUser(app);
      await set('log_raw', 'ON');

      const failure = await failureOf(under.database.changeOwnPassword(address, app, 'a canary in clear', yes));

      expect(failure.code).toBe('database-privilege');
      expect(failure.message).toContain('log_raw');
      expect(await reset('a canary through the admin')).toBe('reset');
      const log = await server.readLog();
      expect(log).not.toContain('a canary in clear');
      expect(log).not.toContain('a canary through the admin');
    });

    it('tells the current password where the account wants that', async () => {
      await under.addUser(app);
      await server.query("ALTER USER 'app'@'%' PASSWORD REQUIRE CURRENT");

      await under.database.changeOwnPassword(address, app, 'a second canary', yes);

      expect(await answer({ ...app, password: 'a second canary' })).toBe('accepted');
      const log = await server.readLog();
      expect(log).toContain('REPLACE <secret>');
      expect(log).not.toContain('a second canary');
    });

    it('changes an account of the older method by that method', async () => {
      await server.query("CREATE USER 'app'@'%' IDENTIFIED WITH sha256_password BY 'first'");

      await reset('second');

      expect(await answer({ ...app, password: 'second' })).toBe('accepted');
      const [row] = await server.query("SELECT plugin FROM mysql.user WHERE User = 'app'");
      expect(row?.['plugin']).toBe('sha256_password');
    });
  } else {
    it('leaves the other ways into an account as they are, and refuses one that knows no password', async () => {
      await server.query(
        "CREATE USER 'app'@'%' IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('first')",
      );
      await reset('second');
      expect(await answer({ ...app, password: 'second' })).toBe('accepted');
      const [row] = await server.query("SHOW CREATE USER 'app'@'%'");
      expect(String(Object.values(row!)[0])).toMatch(/IDENTIFIED VIA unix_socket OR mysql_native_password USING/);

      await server.query("ALTER USER 'app'@'%' IDENTIFIED VIA unix_socket");
      const failure = await failureOf(reset('third'));
      expect(failure.code).toBe('database-locked');
      expect(failure.message).toContain('unix_socket');
    });
  }
});
