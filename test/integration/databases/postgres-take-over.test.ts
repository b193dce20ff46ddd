import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential, RevokedRight } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';

describe.each([15, 18] as const)('PostgreSQL %i taken over from AWS’s rotation functions', (version) => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let twin: Credential;
  let sequence = 0;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    under = await preparePostgres(postgres);
    sequence += 1;
    app = { username: `app ${sequence}`, password: 'password of the app' };
    twin = { username: `app ${sequence}_clone`, password: 'password of the twin' };
    await under.addUser(app);
    await under.rights!.give(app.username, 'first');
    await under.as(app, 'CREATE TABLE shop.by_app (id serial)');
  });

  /** What AWS's function for two users does at its first rotation, as the master user. */
  const awsClones = () =>
    under.as(
      { ...under.admin },
      `CREATE ROLE ${quote(twin.username)} WITH LOGIN PASSWORD ${literal(twin.password)};
       GRANT ${quote(app.username)} TO ${quote(twin.username)}`,
    );

  /** What counts: what the server lets a user do, however it came by it. */
  const effective = async (username: string) => {
    const [row] = await under.sql(`
      SELECT has_table_privilege(${literal(username)}, 'shop.orders', 'SELECT') AS reads,
             has_table_privilege(${literal(username)}, 'shop.orders', 'INSERT') AS writes,
             has_any_column_privilege(${literal(username)}, 'shop.ledger', 'UPDATE') AS amounts,
             has_schema_privilege(${literal(username)}, 'shop', 'CREATE') AS creates,
             has_database_privilege(${literal(username)}, current_database(), 'CREATE') AS schemas,
             has_sequence_privilege(${literal(username)}, 'shop.numbers', 'USAGE') AS numbers,
             has_function_privilege(${literal(username)}, 'shop.total(int, text)', 'EXECUTE') AS executes,
             pg_has_role(${literal(username)}, (SELECT oid FROM pg_roles WHERE rolname ~ '^readers' AND pg_has_role(${literal(username)}, oid, 'USAGE') LIMIT 1), 'USAGE') AS member`);
    return row;
  };
  const everything = {
    reads: true,
    writes: true,
    amounts: true,
    creates: true,
    schemas: true,
    numbers: true,
    executes: true,
    member: true,
  };

  const clone = (from: Credential, to: Credential, onRevoked: (right: RevokedRight) => void = () => undefined) =>
    under.database.cloneUser!(
      under.address,
      under.admin,
      { from: from.username, to: to.username, password: to.password, onRevoked },
      yes,
    );
  const linked = async () =>
    (
      await under.sql(
        `SELECT FROM pg_auth_members WHERE roleid = '${quote(app.username)}'::regrole AND member = '${quote(twin.username)}'::regrole`,
      )
    ).length;

  const useEverything = async (credential: Credential) => {
    await under.as(
      credential,
      'SELECT * FROM shop.orders; INSERT INTO shop.orders VALUES (1); SELECT shop.total(1); INSERT INTO shop.by_app DEFAULT VALUES; ALTER TABLE shop.by_app SET (fillfactor = 90)',
    );
  };

  it.each(['the first user', 'the clone'] as const)(
    'for two users, while %s is in use: both have everything, then and after',
    async (inUse) => {
      await awsClones();
      await under.as(under.admin, `GRANT SELECT ON shop.recent TO ${quote(twin.username)}`);
      const [current, next] = inUse === 'the first user' ? [app, twin] : [twin, app];
      expect(await effective(app.username)).toEqual(everything);
      const revoked: RevokedRight[] = [];
      const note = (right: RevokedRight) => revoked.push(right);

      const { database, address, admin } = under;
      await database.checkAdmin(address, admin, {
        username: current.username,
        strategy: 'alternating-users',
        twin: next.username,
      });
      expect(await linked()).toBe(1);
      await clone(current, next, note);

      for (const user of [app, twin]) {
        expect(await effective(user.username)).toEqual(everything);
        await useEverything(user);
        await under.as(user, 'SELECT * FROM shop.recent');
      }
      expect(await under.rights!.of(next.username)).toEqual(await under.rights!.of(current.username));
      expect(await linked()).toBe(0);
      expect(revoked).toEqual([]);
      await clone(next, current, note);
      for (const user of [app, twin]) {
        expect(await effective(user.username)).toEqual(everything);
        await useEverything(user);
      }
      expect(revoked).toEqual([]);
    },
  );

  it('keep the membership where someone else granted it, and are equal all the same', async () => {
    await awsClones();
    await under.sql(`REVOKE ${quote(app.username)} FROM ${quote(twin.username)}${version === 18 ? ` GRANTED BY ${quote(under.admin.username)}` : ''};
                     GRANT ${quote(app.username)} TO ${quote(twin.username)}`);

    await clone(twin, app);

    for (const user of [app, twin]) expect(await effective(user.username)).toEqual(everything);
  });

  it('for two users and then one: the user that stays keeps what it had through the other', async () => {
    await awsClones();
    const { database, address, admin } = under;

    expect(
      await database.revokeUser!(address, admin, { username: app.username, then: 'drop', heir: twin.username }, yes),
    ).toBe('revoked');

    expect(await effective(twin.username)).toEqual(everything);
    await useEverything(twin);
  });

  it('for a single user: its rights stay, alone and as the first of two', async () => {
    const { database, address, admin } = under;
    const second = { ...app, password: 'second password' };
    await database.changeOwnPassword(address, app, second.password, yes);
    await useEverything(second);

    await clone(second, twin);

    for (const user of [second, twin]) {
      expect(await effective(user.username)).toEqual(everything);
      await useEverything(user);
    }
    await database.changeUser(address, admin, { ...app, resetPassword: true, version: 'v' }, yes);
    await useEverything(app);
  });
});
