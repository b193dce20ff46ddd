import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { failure } from '../../_helpers/coded-failure.ts';

describe('logins of PostgreSQL', () => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let twin: Credential;
  let sequence = 0;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version: 18 });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    under = await preparePostgres(postgres);
    sequence += 1;
    app = { username: `app ${sequence}`, password: 'pässword of the app' };
    twin = { username: `app ${sequence}_clone`, password: 'password of the twin' };
    await under.addUser(app);
  });

  const alter = (what: string, username = app.username) => under.sql(`ALTER ROLE ${quote(username)} ${what}`);
  const inspect = (credential: Credential = app) => under.database.inspectUser!(under.address, under.admin, credential);
  const change = (password = 'second') =>
    failure(
      under.database.changeUser(
        under.address,
        under.admin,
        { username: app.username, password, resetPassword: true, version: 'v' },
        yes,
      ),
    );
  const clone = () =>
    failure(
      under.database.cloneUser!(
        under.address,
        under.admin,
        { from: app.username, to: twin.username, password: twin.password },
        yes,
      ),
    );
  const check = (strategy: 'single-user' | 'alternating-users') =>
    failure(under.database.checkAdmin(under.address, under.admin, { username: app.username, strategy }));

  describe('are inspected without a failed login:', () => {
    it('a password that is stored as MD5', async () => {
      await under.sql(
        `SET password_encryption = 'md5'; ALTER ROLE ${quote(app.username)} PASSWORD ${literal(app.password)}`,
      );

      expect(await inspect()).toEqual({ password: 'matches' });
      expect(await inspect({ ...app, password: 'wrong' })).toEqual({ password: 'differs' });
    });

    it('a user without a password', async () => {
      await alter('PASSWORD NULL');
      expect(await inspect()).toEqual({ password: 'differs' });
    });

    it('a verifier with another count of iterations', async () => {
      await under.sql(
        `SET scram_iterations = 5000; ALTER ROLE ${quote(app.username)} PASSWORD ${literal(app.password)}`,
      );
      expect(await inspect()).toEqual({ password: 'matches' });
    });

    it('hashes that this admin may not read, as on RDS', async () => {
      await under.sql(`REVOKE SELECT ON pg_authid FROM ${quote(under.admin.username)}`);
      expect(await inspect()).toEqual({ password: 'unreadable' });
      await alter('NOLOGIN');
      expect(await inspect()).toMatchObject({ password: 'unreadable', barrier: { kind: 'disabled' } });
    });

    it.each([
      ['VALID UNTIL has passed', "VALID UNTIL '2020-01-01'", 'expired', '2020-01-01'],
      ['it is NOLOGIN', 'NOLOGIN', 'disabled', 'NOLOGIN'],
      ['its limit is 0', 'CONNECTION LIMIT 0', 'limit', 'CONNECTION LIMIT is 0'],
    ])('a right password that is refused because %s', async (_why, what, kind, words) => {
      await alter(what);
      const seen = await inspect();

      expect(seen).toMatchObject({ password: 'matches', barrier: { kind } });
      expect(seen.barrier?.detail).toContain(words);
    });

    it('a limit that is reached, of the user and of its database', async () => {
      await alter('CONNECTION LIMIT 1');
      const session = await under.openSession!(app);
      try {
        expect(await inspect()).toMatchObject({ password: 'matches', barrier: { kind: 'limit' } });
        await alter('CONNECTION LIMIT -1');
        expect(await inspect()).toEqual({ password: 'matches' });
        await under.sql(`ALTER DATABASE ${quote(under.address.dbname)} CONNECTION LIMIT 2`);
        expect((await inspect()).barrier).toBeUndefined();
        await under.sql(`ALTER DATABASE ${quote(under.address.dbname)} CONNECTION LIMIT 1`);
        const admin = { username: postgres.adminUser, password: postgres.adminPassword };
        expect((await under.database.inspectUser!(under.address, admin, app)).barrier?.kind).toBe('limit');
      } finally {
        await session.close();
      }
    });

    it('a user whom RDS takes by IAM only', async () => {
      await under.sql(`CREATE ROLE rds_iam; GRANT rds_iam TO ${quote(app.username)}`);
      try {
        expect(await inspect()).toMatchObject({ barrier: { kind: 'policy' } });
      } finally {
        await under.sql('DROP ROLE rds_iam');
      }
    });

    it('a user whom a rotation blocked is no one’s containment', async () => {
      await clone();
      await under.database.revokeUser!(
        under.address,
        under.admin,
        { username: twin.username, then: 'block', heir: app.username },
        yes,
      );
      expect(await inspect(twin)).toEqual({ password: 'matches' });
    });
  });

  describe('that someone ended on purpose', () => {
    it.each([
      ['NOLOGIN', 'rolcanlogin', false],
      ["VALID UNTIL '2020-01-01T00:00:00Z'", 'rolvaliduntil < now()', true],
      ['CONNECTION LIMIT 0', 'rolconnlimit = 0', true],
    ])('stay ended: %s', async (what, expression, ended) => {
      expect(await clone()).toBeUndefined();
      const isEnded = async (username: string) => {
        const [row] = await under.sql(`SELECT ${expression} AS is FROM pg_roles WHERE rolname = ${literal(username)}`);
        return row?.['is'] === ended;
      };
      for (const username of [twin.username, app.username]) {
        await alter(what, username);

        const error = await clone();

        expect(error).toMatchObject({ code: 'user-disabled', retryable: false });
        expect(error?.message).toContain(`User "${username}" can't log in`);
        expect(await check('alternating-users')).toMatchObject({ code: 'user-disabled' });
        expect(await isEnded(username)).toBe(true);
        await alter("LOGIN VALID UNTIL 'infinity' CONNECTION LIMIT -1", username);
      }
      await alter(what);
      expect(await change()).toMatchObject({ code: 'user-disabled' });
      expect(await check('single-user')).toMatchObject({ code: 'user-disabled' });
      expect(await inspect()).toMatchObject({ password: 'matches' });
      expect(await isEnded(app.username)).toBe(true);
    });

    it('are not taken for a rotation’s own block, which keeps the comment that was there', async () => {
      await clone();
      await under.sql(`COMMENT ON ROLE ${quote(twin.username)} IS 'of the shop'`);
      const block = () =>
        under.database.revokeUser!(
          under.address,
          under.admin,
          { username: twin.username, then: 'block', heir: app.username },
          yes,
        );
      const comment = async () => {
        const [row] = await under.sql(
          `SELECT shobj_description('${quote(twin.username)}'::regrole, 'pg_authid') AS comment`,
        );
        return row?.['comment'];
      };

      await block();
      await block();
      expect(await comment()).toContain('of the shop [Strongroom');
      expect(await clone()).toBeUndefined();
      expect(await comment()).toBe('of the shop');

      await alter('NOLOGIN', twin.username);
      await block();
      expect(await clone()).toMatchObject({ code: 'user-disabled' });
    });
  });
});
