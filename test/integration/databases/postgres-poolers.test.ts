import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPgbouncer, type LocalPgbouncer, type PgbouncerVersion } from '../../../local/databases/pgbouncer.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { RealRotation } from '../../_helpers/real-rotation.ts';
import { failure } from '../../_helpers/coded-failure.ts';

/** Without this PgBouncer refuses our settings before it looks at the user, and is known by that. */
const quiet = 'ignore_startup_parameters = options,lock_timeout,statement_timeout,extra_float_digits';

describe.each<PgbouncerVersion>(['1.18', '1.24'])('PgBouncer %s as the host of a rotation', (version) => {
  let certificates: LocalCertificates;
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let pooler: LocalPgbouncer | undefined;
  let app: Credential;
  let sequence = 0;

  beforeAll(async () => {
    certificates = await createLocalCertificates();
    postgres = await startPostgres({ certificates, version: 18 });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    under = await preparePostgres(postgres);
    sequence += 1;
    app = { username: `app ${sequence}`, password: 'password of the app' };
    await under.addUser(app);
  });
  afterEach(async () => {
    await pooler?.stop();
    pooler = undefined;
  });

  const start = (...settings: readonly string[]) =>
    startWith(Object.fromEntries([app, under.admin].map(({ username, password }) => [username, password])), settings);
  /** @param users - whose passwords it keeps itself. */
  const startWith = async (users: Readonly<Record<string, string>>, settings: readonly string[]) => {
    pooler = await startPgbouncer({ certificates, version, server: postgres, users, settings });
    const address = { ...under.address, port: pooler.port };
    return { pooler, address };
  };
  const stored = async () =>
    (await under.sql(`SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'app %' ORDER BY 1`)) as unknown;

  it.each([
    ['as it is installed', []],
    ['that ignores our settings, with a session for each client', [quiet]],
    ['that gives each transaction another session', [quiet, 'pool_mode = transaction']],
    ['that gives each statement another session', [quiet, 'pool_mode = statement']],
  ])('is refused by every verb, one %s, and nothing changes', async (_what, settings) => {
    const { address } = await start(...settings);
    const before = await stored();
    const { database, admin } = under;
    const twin = `${app.username}_clone`;
    const change = { username: app.username, password: 'other', resetPassword: true, version: 'v' };

    for (const attempt of [
      () => database.login(address, app),
      () => database.login(address, { ...app, password: 'wrong' }),
      () => database.changeOwnPassword(address, app, 'other', yes),
      () => database.changeUser(address, admin, change, yes),
      () => database.checkAdmin(address, admin, { username: app.username, strategy: 'single-user' }),
      () => database.inspectUser!(address, admin, app),
      () => database.cloneUser!(address, admin, { from: app.username, to: twin, password: 'other' }, yes),
      () => database.settleOwnership!(address, admin, { users: [app.username] }, yes),
      () => database.revokeUser!(address, admin, { username: app.username, then: 'block', heir: twin }, yes),
    ]) {
      const error = await failure(attempt());
      expect(error).toMatchObject({ code: 'proxy-endpoint', retryable: false });
      expect(error?.message).toContain('rotation.host');
    }
    expect(await stored()).toEqual(before);
  });

  it('is told from a wrong password where its passwords are old, also while it waits to try the server again', async () => {
    const { pooler: stale, address } = await start(quiet, 'server_login_retry = 1');
    await under.sql(`ALTER ROLE ${quote(app.username)} PASSWORD 'set directly'`);
    await stale.console('RECONNECT');
    const renewed = { ...app, password: 'set directly' };

    // What the pooler takes the server refuses, and the other way round.
    for (const credential of [app, app, renewed, renewed]) {
      expect(await failure(under.database.login(address, credential))).toMatchObject({ code: 'proxy-endpoint' });
    }
    expect(await failure(under.database.login({ ...address, dbname: 'nowhere' }, app))).toMatchObject({
      code: 'proxy-endpoint',
    });
    await under.database.login(under.address, renewed);
    expect(await failure(under.database.login(under.address, app))).toMatchObject({ code: 'database-auth' });
  });

  it('is told from a server that takes no more connections', async () => {
    const { address } = await start(quiet, 'max_client_conn = 1');
    const holder = await connect(address.port, app);
    try {
      expect(await failure(under.database.login(address, app))).toMatchObject({ code: 'proxy-endpoint' });
    } finally {
      await holder.end();
    }
  });

  const connect = async (port: number, { username: user, password }: Credential): Promise<pg.Client> => {
    const { host, dbname: database } = under.address;
    const client = new pg.Client({ host, port, database, user, password, ssl: { ca: postgres.ca } });
    await client.connect();
    return client;
  };

  it.each(['single-user', 'alternating-users'] as const)(
    'stops a rotation with %s before anything is changed, with old passwords too',
    async (strategy) => {
      const { pooler: stale, address } = await start(quiet);
      const rotation = await RealRotation.create({ ...under, engine: 'postgres', address }, strategy, app);
      const before = await stored();

      expect(await failure(rotation.rotate())).toMatchObject({ code: 'proxy-endpoint' });
      await stale.setUsers({});
      expect(await failure(rotation.rotate())).toMatchObject({ code: 'proxy-endpoint' });

      expect(await stored()).toEqual(before);
      expect((await rotation.stored('AWSCURRENT')).password).toBe(app.password);
    },
  );

  it.each(['single-user', 'alternating-users'] as const)(
    'goes on serving applications where rotations with %s go to the server, and it asks the server for passwords',
    async (strategy) => {
      await under.sql(`
        CREATE ROLE ${quote(`pooler ${sequence}`)} LOGIN PASSWORD 'password of the pooler';
        CREATE FUNCTION public.password_of(name text) RETURNS TABLE (username name, password text)
          LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
          AS 'SELECT usename, passwd FROM pg_shadow WHERE usename = $1';
        REVOKE ALL ON FUNCTION public.password_of FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION public.password_of TO ${quote(`pooler ${sequence}`)}`);
      const asking = [`auth_user = pooler ${sequence}`, 'auth_query = SELECT * FROM public.password_of($1)'];
      // It asks for users that it has never had a password of.
      const own = { [`pooler ${sequence}`]: 'password of the pooler' };
      const { pooler: asked } = await startWith(own, [quiet, 'pool_mode = transaction', ...asking]);
      const endpoint = { host: asked.host, port: asked.port };
      const rotation = await RealRotation.create({ ...under, engine: 'postgres', endpoint }, strategy, app);

      for (const turn of [1, 2]) {
        await rotation.rotate();
        rotation.pass(48 * turn);

        const { username, password, port } = await rotation.stored('AWSCURRENT');
        expect(port).toBe(asked.port);
        const client = await connect(port, { username, password });
        expect((await client.query(`SELECT current_user = ${literal(username)} AS own`)).rows).toEqual([{ own: true }]);
        await client.end();
      }
    },
  );
});
