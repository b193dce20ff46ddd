import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { act } from '../../../lambdas/rotation/actions/index.ts';
import { systemClock } from '../../../lambdas/runtime/clock.ts';
import { randomPasswords } from '../../../lambdas/databases/passwords.ts';
import type { Credential } from '../../../lambdas/databases/port.ts';
import type { RotationPorts } from '../../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../../lambdas/rotation/core/proofs.ts';
import { rotate } from '../../../lambdas/rotation/actions/rotate.ts';
import {
  alternateSuffix,
  engineFacts,
  rotationSteps,
  secretTag,
  type CheckReport,
  type RotationStrategy,
} from '../../../lib/contract/index.ts';
import type { LocalMysql } from '../../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import {
  addressOf,
  openDatabase,
  prepareMysql,
  startFlavour,
  type MysqlUnderTest,
} from '../../_helpers/mysql-under-test.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

const deadline = { remainingMs: () => 60_000 };
const canary = "Canary'\\first";
const hourMs = 3_600_000;

describe.each(['mysql', 'mariadb'] as const)('rotations on a real %s', (flavour) => {
  let server: LocalMysql;
  let under: MysqlUnderTest;
  let now: Date;
  let secrets: SecretsManagerModel;
  let arn: string;
  let rotations = 0;
  const app: Credential = { username: 'app', password: canary };

  beforeAll(async () => {
    server = await startFlavour(flavour, {
      certificates: await createLocalCertificates(),
      settings: flavour === 'mysql' ? ['performance-schema=ON'] : [],
    });
  });
  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    now = new Date('2026-01-01T00:00:00Z');
    under = await prepareMysql(flavour, server);
    secrets = new SecretsManagerModel(() => now);
    secrets.create('dev/orders/admin', {
      value: JSON.stringify({ engine: flavour, host: server.host, port: server.port, ...under.admin }),
    });
  });

  const declare = (strategy: RotationStrategy, tags: Record<string, string> = {}, byAdmin = true) => {
    arn = secrets.create('dev/orders/db', {
      value: JSON.stringify({ ...app, engine: flavour, host: server.host, port: server.port, dbname: 'public' }),
      tags: {
        [secretTag.engine]: flavour,
        [secretTag.host]: server.host,
        [secretTag.port]: String(server.port),
        [secretTag.dbname]: 'public',
        [secretTag.username]: app.username,
        [secretTag.strategy]: strategy,
        ...(byAdmin && { [secretTag.admin]: 'dev/orders/admin' }),
        ...tags,
      },
    });
  };

  const portsOf = (): RotationPorts => {
    const clock = { ...systemClock(deadline), now: () => now };
    return {
      versions: secrets.port(),
      database: openDatabase(flavour, server),
      instances: {
        describe: () => Promise.reject(new Error('no instance was named')),
        setMasterPassword: () => Promise.reject(new Error('no instance was named')),
      },
      passwords: randomPasswords,
      clock,
      proofs: recentProofs(clock),
    };
  };

  /** All four steps. */
  const rotateOnce = async (): Promise<void> => {
    const token = `rotation-${(rotations += 1)}`.padEnd(32, '0');
    secrets.startRotation(arn, token);
    const ports = portsOf();
    for (const Step of rotationSteps) {
      await rotate({ Step, SecretId: arn, ClientRequestToken: token }, ports, 'dev');
    }
  };

  const actOn = async <Report>(request: Parameters<typeof act>[0]): Promise<Report> => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const options = { ports: portsOf(), environment: 'dev', log, onFacts: () => undefined };
    return (await act(request, options)).report as Report;
  };
  const noticesNow = async (): Promise<(string | undefined)[]> => {
    const { notices = [] } = await actOn<CheckReport>({ Action: 'check', SecretId: arn });
    return notices.map(({ code }) => code);
  };

  const stored = (stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Credential =>
    JSON.parse(secrets.value(arn, stage) ?? '{}') as Credential;

  const logsIn = async (credential: Credential): Promise<boolean> => {
    try {
      await under.database.login(addressOf(server), credential);
      return true;
    } catch {
      return false;
    }
  };

  const refusedLogins = async (): Promise<number> =>
    (await server.readErrorLog()).split(/Access denied for user/).length - 1;

  const connections = async (): Promise<number> => (await server.readLog()).split(/Connect\s+app/).length - 1;

  it('single-user: the new password works, the old one does not, and no login failed on the way', async () => {
    await under.addUser(app);
    declare('single-user');
    const before = await refusedLogins();

    await rotateOnce();
    const connected = await connections();
    await rotateOnce();

    // The admin sets it, and the test logs in.
    expect((await connections()) - connected).toBe(1);
    expect(await refusedLogins()).toBe(before);
    expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
    expect(await logsIn(stored('AWSPREVIOUS'))).toBe(false);
    expect(await logsIn(app)).toBe(false);
  });

  it('single-user: all accounts of the name change, or none', async () => {
    await server.query("CREATE USER 'app'@'127.0.0.1' IDENTIFIED BY ?, 'app'@'10.%' IDENTIFIED BY ?", {
      values: [canary, canary],
    });
    const hashes = async () => {
      const rows = await server.query("SELECT Host, authentication_string AS hash FROM mysql.user WHERE User = 'app'");
      return rows.map(({ hash }) => String(hash));
    };
    const before = await hashes();
    declare('single-user', {}, false);

    await expect(rotateOnce()).rejects.toMatchObject({
      code: 'database-privilege',
      message: expect.stringContaining('Declare an admin') as string,
    });
    expect(await hashes()).toEqual(before);
    expect(await logsIn(app)).toBe(true);

    secrets = new SecretsManagerModel(() => now);
    secrets.create('dev/orders/admin', {
      value: JSON.stringify({ engine: flavour, host: server.host, port: server.port, ...under.admin }),
    });
    declare('single-user');
    await rotateOnce();

    const after = await hashes();
    expect(after.filter((hash) => before.includes(hash))).toEqual([]);
    expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
    await server.query("DROP USER 'app'@'127.0.0.1'");
    const [other] = await server.query("SELECT Host AS host FROM mysql.user WHERE User = 'app'");
    expect(other?.['host']).toBe('10.%');
    const seen = await under.database.inspectUser!(addressOf(server), under.admin, stored('AWSCURRENT'));
    expect(seen).toMatchObject({ password: 'matches', barrier: { kind: 'host' } });
  });

  it('single-user with provision: creates the user, and rotates it from then on', async () => {
    declare('single-user', { [secretTag.provision]: 'public=read-write' });
    const before = await refusedLogins();

    await rotateOnce();
    await rotateOnce();

    expect(await refusedLogins()).toBe(before);
    expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
    expect(await under.provisioning?.grantsOf('app')).toBe('public=read-write');
  });

  it('alternating-users: both users log in after each rotation, with equal rights, and no login failed', async () => {
    await under.addUser(app);
    await under.rights?.give('app', 'first');
    declare('alternating-users', { [secretTag.grace]: '24h' });
    const before = await refusedLogins();

    await rotateOnce();
    expect(stored('AWSCURRENT').username).toBe(`app${alternateSuffix}`);
    expect(await logsIn(app)).toBe(true);

    now = new Date(now.getTime() + 25 * hourMs);
    await under.rights?.give(`app${alternateSuffix}`, 'second');
    await rotateOnce();

    expect(stored('AWSCURRENT').username).toBe('app');
    expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
    expect(await logsIn(stored('AWSPREVIOUS'))).toBe(true);
    expect(await refusedLogins()).toBe(before);
    expect(await under.rights?.of('app')).toEqual(await under.rights?.of(`app${alternateSuffix}`));
  });

  if (engineFacts[flavour].strategies.includes('dual-password')) {
    it('dual-password: the old password works beside the new one, the one before it does not', async () => {
      await under.addUser(app);
      declare('dual-password', { [secretTag.grace]: '24h' });
      const before = await refusedLogins();

      await rotateOnce();
      expect(await logsIn(app)).toBe(true);
      now = new Date(now.getTime() + 25 * hourMs);
      await rotateOnce();

      expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
      expect(await logsIn(stored('AWSPREVIOUS'))).toBe(true);
      expect(await refusedLogins()).toBe(before);
      expect(await logsIn(app)).toBe(false);
    });

    it('dual-password becomes single-user: the old password is told of, and ends after its grace time', async () => {
      await under.addUser(app);
      declare('dual-password', { [secretTag.grace]: '24h' });
      await rotateOnce();
      expect(await noticesNow()).not.toContain('second-password');
      const { [secretTag.grace]: _grace, ...tags } = await secrets
        .port()
        .describe(arn)
        .then((one) => one.tags);
      secrets.configure(arn, { tags: { ...tags, [secretTag.strategy]: 'single-user' } });

      expect(await noticesNow()).toContain('second-password');
      now = new Date(now.getTime() + 23 * hourMs);
      expect(await actOn({ Action: 'sweep' })).toMatchObject({ discarded: 0, failed: 0 });
      expect(await logsIn(app)).toBe(true);
      now = new Date(now.getTime() + 2 * hourMs);
      expect(await actOn({ Action: 'sweep' })).toMatchObject({ discarded: 1, failed: 0 });

      expect(await logsIn(app)).toBe(false);
      expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
      expect(await noticesNow()).not.toContain('second-password');
    });

    it('a second password that somebody retained stays, and preflight and the sweep report it', async () => {
      await under.addUser(app);
      declare('single-user');
      await rotateOnce();
      const kept = stored('AWSCURRENT').password;
      await server.query("ALTER USER 'app'@'%' IDENTIFIED BY 'by hand' RETAIN CURRENT PASSWORD");

      now = new Date(now.getTime() + 25 * hourMs);
      expect(await actOn({ Action: 'sweep' })).toMatchObject({ discarded: 0, failed: 0, secondPasswords: 1 });

      expect(await logsIn({ username: 'app', password: 'by hand' })).toBe(true);
      expect(await logsIn({ username: 'app', password: kept })).toBe(true);
      expect(await noticesNow()).toContain('second-password');
    });
  }

  it('admin: a master user gives itself another password', async () => {
    declare('admin', { [secretTag.username]: under.admin.username });
    arn = secrets.create('dev/orders/master', {
      value: JSON.stringify({ ...under.admin, engine: flavour, host: server.host, port: server.port, dbname: 'mysql' }),
      tags: {
        [secretTag.engine]: flavour,
        [secretTag.host]: server.host,
        [secretTag.port]: String(server.port),
        [secretTag.dbname]: 'mysql',
        [secretTag.username]: under.admin.username,
        [secretTag.strategy]: 'admin',
      },
    });

    await rotateOnce();

    expect(await logsIn(stored('AWSCURRENT'))).toBe(true);
    expect(await logsIn(under.admin)).toBe(false);
  });

  it('no password stands in any log of the server, nor in what it keeps of statements', async () => {
    await under.addUser(app);
    if (flavour === 'mysql') {
      await server.query(
        "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME LIKE '%history_long'",
      );
    }
    await server.query("SET GLOBAL slow_query_log = ON, GLOBAL long_query_time = 0, GLOBAL log_output = 'FILE,TABLE'");
    try {
      const passwords = new Set<string>();
      const strategies = engineFacts[flavour].strategies.filter((strategy) => strategy !== 'admin');
      for (const strategy of strategies) {
        secrets = new SecretsManagerModel(() => now);
        secrets.create('dev/orders/admin', {
          value: JSON.stringify({ engine: flavour, host: server.host, port: server.port, ...under.admin }),
        });
        await server.query("ALTER USER 'app'@'%' IDENTIFIED BY ?", { values: [app.password] });
        // The user itself sends its password where it may; the admin never does.
        declare(strategy, {}, strategy !== 'single-user');
        await rotateOnce();
        passwords.add(stored('AWSCURRENT').password);
      }
      expect(passwords.size).toBe(strategies.length);

      const written = [
        await server.readLog(),
        await server.readErrorLog(),
        JSON.stringify(await server.query('SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log')),
        JSON.stringify(await server.query('SELECT CONVERT(sql_text USING utf8mb4) FROM mysql.slow_log')),
        ...(flavour === 'mysql'
          ? [
              JSON.stringify(
                await server.query('SELECT SQL_TEXT FROM performance_schema.events_statements_history_long'),
              ),
            ]
          : []),
      ];
      // In the general log, the error log apart, and in the tables: the statements are there.
      const changes = flavour === 'mysql' ? 'IDENTIFIED BY <secret>' : 'SET PASSWORD FOR';
      for (const text of [written[0], ...written.slice(2)]) expect(text).toContain(changes);
      for (const password of passwords) {
        expect(password.length).toBeGreaterThan(20);
        for (const text of written) expect(text.includes(password)).toBe(false);
      }
    } finally {
      await server.query("SET GLOBAL slow_query_log = OFF, GLOBAL log_output = 'FILE'");
    }
  });
});
