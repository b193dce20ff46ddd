import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, startPostgresReplica, type LocalPostgres } from '../../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';
import { describeLocalServer, itGoesWithItsOwner, listens, type Login } from './local-server-contract.ts';

const certificates = await createLocalCertificates();

const login = async (postgres: LocalPostgres, { user, password, tls = true }: Login): Promise<void> => {
  const { host, port, ca } = postgres;
  const client = new pg.Client({ host, port, user, password, database: 'postgres', ssl: tls ? { ca } : false });
  await client.connect();
  await client.end();
};

describe.each([18, 15] as const)('PostgreSQL %i', (version) => {
  describeLocalServer(`PostgreSQL ${version}`, {
    start: (options) => startPostgres({ ...options, version }),
    login,
    createUser: async (postgres, user, password) => {
      await postgres.query(`CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    },
    refusesPlain: /no pg_hba\.conf entry for host "127\.0\.0\.1".*no encryption/,
    refusesPassword: /password authentication failed for user "orders"/,
    logsRefusal: /FATAL: {2}password authentication failed for user "orders"/,
    wrongSetting: ['no_such_setting=1', 'unrecognized configuration parameter "no_such_setting"'],
  });

  describe(`a local PostgreSQL ${version}`, () => {
    let postgres: LocalPostgres;
    beforeAll(async () => {
      postgres = await startPostgres({ certificates, version, databases: ['orders'] });
    });
    afterAll(() => postgres.stop());

    it('is of that version, and has the databases that were asked for', async () => {
      const [row] = await postgres.query("SELECT current_setting('server_version') AS version", { database: 'orders' });
      expect(row?.['version']).toMatch(new RegExp(`^${version}\\.`));
    });

    it('keeps its data while it is suspended', async () => {
      await postgres.query('CREATE TABLE kept (id int)', { database: 'orders' });
      await postgres.suspend();
      expect(await listens(postgres.port)).toBe(false);
      await postgres.restart();
      expect(await postgres.query('SELECT * FROM kept', { database: 'orders' })).toEqual([]);
    });

    it('is followed by a replica that refuses writes until it is promoted', async () => {
      const replica = await startPostgresReplica(postgres);
      try {
        await postgres.query("CREATE ROLE followed LOGIN PASSWORD 'same-on-both'");
        await replica.catchUp();
        await login(replica, { user: 'followed', password: 'same-on-both' });
        const change = "ALTER ROLE followed PASSWORD 'of-the-replica'";
        await expect(replica.query(change)).rejects.toMatchObject({ code: '25006' });

        await replica.promote();
        await replica.query(change);

        await login(replica, { user: 'followed', password: 'of-the-replica' });
        await login(postgres, { user: 'followed', password: 'same-on-both' });
      } finally {
        await replica.stop();
      }
    });

    it('fails with disk_full and goes down while its disk is full, and has lost nothing else when it is back', async () => {
      await postgres.query("CREATE ROLE full_disk LOGIN PASSWORD 'before'");
      await postgres.fillDisk();

      await expect(postgres.query("ALTER ROLE full_disk PASSWORD 'during'")).rejects.toMatchObject({ code: '53100' });
      await expect.poll(() => listens(postgres.port)).toBe(false);
      await expect(postgres.restart()).rejects.toThrow('No space left on device');

      await postgres.freeDisk();
      await postgres.restart();
      await login(postgres, { user: 'full_disk', password: 'before' });
      expect(await postgres.query('SHOW restart_after_crash')).toEqual([{ restart_after_crash: 'on' }]);
    });
  });
});

describe('a local PostgreSQL', () => {
  it('can be stopped after something else ended it', async () => {
    const postgres = await startPostgres({ certificates });
    const [row] = await postgres.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid");
    process.kill(Number(row?.['pid']), 'SIGINT');
    await expect.poll(() => listens(postgres.port)).toBe(false);

    await postgres.stop();

    expect(await listens(postgres.port)).toBe(false);
  });

  it('refuses TLS where it is told to', async () => {
    const postgres = await startPostgres({ certificates, tls: false });
    try {
      const admin = { user: postgres.adminUser, password: postgres.adminPassword };
      await login(postgres, { ...admin, tls: false });
      await expect(login(postgres, admin)).rejects.toThrow('does not support SSL');
    } finally {
      await postgres.stop();
    }
  });

  itGoesWithItsOwner('postgres', ['SIGKILL', 'SIGINT']);
});
