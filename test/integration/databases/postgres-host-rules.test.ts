import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { RealRotation } from '../../_helpers/real-rotation.ts';
import { failure } from '../../_helpers/coded-failure.ts';

describe.each([15, 18] as const)('pg_hba.conf of PostgreSQL %s', (version) => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let twin: Credential;
  let sequence = 0;

  beforeAll(async () => {
    // What stands in the file of authorities does not matter: no client here has a certificate.
    const settings = ["ssl_ca_file='server.crt'"];
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version, settings });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    await setRules('hostssl all all 127.0.0.1/32 scram-sha-256');
    under = await preparePostgres(postgres);
    sequence += 1;
    app = { username: `app_${sequence}`, password: 'password of the app' };
    twin = { username: `app_${sequence}_clone`, password: 'password of the twin' };
    await under.addUser(app);
  });

  /** After a line for the superuser, whom the tests go on needing. */
  const setRules = async (...rules: readonly string[]): Promise<void> => {
    const lines = ['hostssl all postgres 127.0.0.1/32 scram-sha-256', ...rules].map(literal).join(', ');
    const loaded = async () => (await postgres.query('SELECT pg_conf_load_time()::text AS at'))[0]?.['at'];
    const before = await loaded();
    const [file] = await postgres.query('SHOW hba_file');
    await postgres.query(`COPY (SELECT unnest(ARRAY[${lines}])) TO ${literal(String(file?.['hba_file']))}`);
    await postgres.query('SELECT pg_reload_conf()');
    while ((await loaded()) === before) await sleep(20);
  };
  const named = (rule: string): string =>
    rule
      .replaceAll('TWIN', quote(twin.username))
      .replaceAll('APP', quote(app.username))
      .replaceAll('ADMIN', quote(under.admin.username))
      .replaceAll('DATABASE', quote(under.address.dbname));
  const letRulesBeRead = () =>
    under.sql(`GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO ${quote(under.admin.username)}`);
  const inspect = (credential: Credential) => under.database.inspectUser!(under.address, under.admin, credential);
  const check = (strategy: 'single-user' | 'alternating-users') =>
    under.database.checkAdmin(under.address, under.admin, { username: app.username, strategy, twin: twin.username });
  const clone = () =>
    under.database.cloneUser!(
      under.address,
      under.admin,
      { from: app.username, to: twin.username, password: twin.password },
      yes,
    );
  const change = (password: string) =>
    under.database.changeUser(
      under.address,
      under.admin,
      { username: app.username, password, resetPassword: true, version: 'v' },
      yes,
    );
  const hashOf = async (username: string) =>
    (await under.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = ${literal(username)}`))[0]?.['rolpassword'];

  const rest = 'hostssl all all 127.0.0.1/32 scram-sha-256';

  it.each<readonly [what: string, rules: readonly string[], kind: string | undefined]>([
    ['a line for everyone', [rest], undefined],
    ['no line at all', [], 'host'],
    ['only lines without TLS', ['hostnossl all all all scram-sha-256'], 'host'],
    ['a line that rejects the user', ['hostssl all APP 127.0.0.1/32 reject', rest], 'host'],
    ['a line that rejects another user', ['hostssl all TWIN 127.0.0.1/32 reject', rest], undefined],
    ['a line that rejects for another address', ['hostssl all APP 10.0.0.0/8 reject', rest], undefined],
    ['a line that rejects for IPv6', ['hostssl all APP ::/0 reject', rest], undefined],
    ['a line that rejects for an address and a mask', ['host all APP 127.0.0.0 255.0.0.0 reject', rest], 'host'],
    ['a line that rejects for another database', ['hostssl postgres APP all reject', rest], undefined],
    ['a line that rejects for this database', ['hostssl DATABASE APP all reject', rest], 'host'],
    ['a line for replication only', ['hostssl replication APP all reject', rest], undefined],
    ['a line for databases of the name of the user', ['hostssl sameuser APP all reject', rest], undefined],
    ['a line that wants a certificate', ['hostssl all APP all cert', rest], 'certificate'],
    [
      'a line that wants a certificate and a password',
      ['hostssl all APP all scram-sha-256 clientcert=verify-ca', rest],
      'certificate',
    ],
    ['a line that asks the machine who it is', ['hostssl all APP all ident', rest], 'policy'],
    ['a line for MD5, which takes verifiers too', ['hostssl all APP all md5', rest], undefined],
    ['a line for clear text within TLS', ['hostssl all APP all password', rest], undefined],
    ['a line for members of a role that it is in, through another', ['hostssl all +outer all reject', rest], 'host'],
    ['a line for members of a role that it is not in', ['hostssl all +other all reject', rest], undefined],
    ['a line for databases of a role that it is in', ['hostssl samerole APP all reject', rest], undefined],
    ...(version === 18
      ? ([
          ['a pattern that fits the user', ['hostssl all /^app_[0-9]+$ all reject', rest], 'host'],
          ['a pattern that does not', ['hostssl all /^app_[a-z]+$ all reject', rest], undefined],
        ] as const)
      : []),
  ])('is foreseen as it then happens: %s', async (_what, rules, kind) => {
    await under.sql(
      `
      CREATE ROLE outer; CREATE ROLE inner; CREATE ROLE other;
      GRANT outer TO inner; GRANT inner TO ${quote(app.username)}`.replaceAll(/\b(outer|inner)\b/g, '"$1"'),
    );
    try {
      await letRulesBeRead();
      // On PostgreSQL 16 and later the admin is a member of every role that it made.
      await setRules(...['hostssl all ADMIN all scram-sha-256', ...rules].map(named));
      const before = await hashOf(app.username);

      const seen = await inspect(app);
      const login = await failure(under.database.login(under.address, app));
      const verdicts = [await failure(check('single-user')), await failure(change('password of the app'))];

      expect(seen.password).toBe('matches');
      expect(seen.barrier?.kind).toBe(kind);
      expect(login?.code).toBe(kind === undefined ? undefined : 'database-locked');
      for (const verdict of verdicts) expect(verdict?.code).toBe(login?.code);
      if (kind !== undefined) {
        expect(verdicts[0]?.message).toContain('pg_hba.conf');
        expect(await hashOf(app.username)).toBe(before);
      }
    } finally {
      await under.sql('DROP ROLE "outer", "inner", other');
    }
  });

  it('is not guessed where only the server can say: names of hosts, and a file with an error', async () => {
    await letRulesBeRead();
    await setRules('hostssl all APP .example.com reject', rest);
    expect((await inspect(app)).barrier).toBeUndefined();
    await under.database.login(under.address, app);

    const [file] = await postgres.query('SHOW hba_file');
    const bad = ['hostssl all all 127.0.0.1/32 reject', 'hostssl all all nonsense/99 md5'].map(literal).join(', ');
    await postgres.query(`COPY (SELECT unnest(ARRAY[${bad}])) TO ${literal(String(file?.['hba_file']))}`);
    expect((await inspect(app)).barrier).toBeUndefined();
    await under.database.login(under.address, app);
  });

  it('and a password that is stored as MD5 where it asks for SCRAM', async () => {
    await under.sql(
      `SET password_encryption = 'md5'; ALTER ROLE ${quote(app.username)} PASSWORD ${literal(app.password)}`,
    );
    await letRulesBeRead();

    expect(await inspect(app)).toMatchObject({ password: 'matches', barrier: { kind: 'policy' } });
    expect((await inspect(app)).barrier?.detail).toContain('set the password again');
    expect(await failure(under.database.login(under.address, app))).toMatchObject({ code: 'database-auth' });

    await setRules(named('hostssl all APP all md5'), rest);
    expect(await inspect(app)).toEqual({ password: 'matches' });
    await under.database.login(under.address, app);
  });

  describe.each([true, false])('(the admin may read it: %s)', (readable) => {
    beforeEach(async () => {
      if (readable) await letRulesBeRead();
    });

    it.each([
      ['rejects it', 'hostssl all APP all reject'],
      ['wants a certificate', 'hostssl all APP all cert'],
    ])('stops a rotation of a user that %s, whose password is right and stays', async (_how, rule) => {
      const rotation = await RealRotation.create({ ...under, engine: 'postgres' }, 'single-user', app);
      await setRules(named(rule), rest);
      const before = await hashOf(app.username);

      const error = await failure(rotation.rotate());

      expect(['login-refused-otherwise', 'database-locked']).toContain(error?.code);
      expect(error?.retryable).toBe(false);
      expect(await hashOf(app.username)).toBe(before);
      await setRules(rest);
      await under.database.login(under.address, app);
    });

    it('stops a rotation whose admin alone is refused, and says that it is the admin', async () => {
      const rotation = await RealRotation.create({ ...under, engine: 'postgres' }, 'alternating-users', app);
      await setRules(named('hostssl all ADMIN all reject'), rest);

      const error = await failure(rotation.rotate());

      expect(error).toMatchObject({ code: 'database-locked', retryable: false });
      expect(error?.message).toContain(`"${under.admin.username}"`);
      expect(error?.message).toContain('pg_hba.conf');
      expect(await failure(check('alternating-users'))).toMatchObject({ code: 'database-locked' });
      await under.database.login(under.address, app);
    });

    it.each([
      ['by its name', 'hostssl all TWIN all reject'],
      ['as one of both', 'hostssl all /_clone$ all reject'],
    ])('leaves the user in use alone where the second is refused %s', async (_how, rule) => {
      if (version === 15 && rule.includes('/')) rule = 'hostssl all TWIN all cert';
      const rotation = await RealRotation.create({ ...under, engine: 'postgres' }, 'alternating-users', app);
      await setRules(named(rule), rest);
      const checked = await failure(check('alternating-users'));

      const error = await failure(rotation.rotate());

      expect(error?.message).toContain('pg_hba.conf');
      expect(checked?.code).toBe(readable ? 'database-locked' : undefined);
      if (readable) {
        expect(error).toMatchObject({ code: 'database-locked', retryable: false });
        expect(await failure(clone())).toMatchObject({ code: 'database-locked' });
        expect(await under.userExists(twin.username)).toBe(false);
      }
      expect(await rotation.stored('AWSCURRENT')).toMatchObject(app);
      await under.database.login(under.address, app);
    });

    it('lets two users in who are members of the role that it names', async () => {
      const role = `users ${sequence}`;
      await under.sql(
        `SET ROLE ${quote(under.admin.username)}; CREATE ROLE ${quote(role)}; GRANT ${quote(role)} TO ${quote(app.username)}`,
      );
      const rotation = await RealRotation.create({ ...under, engine: 'postgres' }, 'alternating-users', app);
      await setRules(named(`hostssl all ADMIN,+${quote(role)} all scram-sha-256`));

      await check('alternating-users');
      await rotation.rotate();

      expect((await rotation.stored('AWSCURRENT')).username).toBe(twin.username);
      for (const stage of ['AWSCURRENT', 'AWSPREVIOUS'] as const) {
        expect(await rotation.accepts(await rotation.stored(stage))).toBe(true);
      }
    });
  });
});
