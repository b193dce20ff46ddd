import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { randomPasswords } from '../../../lambdas/databases/passwords.ts';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { preparePostgres, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { RealRotation } from '../../_helpers/real-rotation.ts';
import { failure } from '../../_helpers/coded-failure.ts';

/** Of a verifier the module can see one thing: whether the password is the user name. */
describe.each([15, 18] as const)('passwordcheck of PostgreSQL %s', (version) => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let sequence = 0;

  beforeAll(async () => {
    const settings = ["shared_preload_libraries='passwordcheck'"];
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version, settings });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    under = await preparePostgres(postgres);
    sequence += 1;
    app = { username: `app ${sequence}`, password: 'first password 1' };
    await under.addUser(app);
  });

  it('is at work', async () => {
    await expect(under.sql(`ALTER ROLE "${app.username}" PASSWORD 'short'`)).rejects.toThrow(/too short/);
  });

  it.each(['single-user', 'alternating-users'] as const)('takes what a rotation with %s sends', async (strategy) => {
    const rotation = await RealRotation.create({ ...under, engine: 'postgres' }, strategy, app);
    for (const turn of [1, 2]) {
      await rotation.rotate();
      rotation.pass(48 * turn);
      expect(await rotation.accepts(await rotation.stored('AWSCURRENT'))).toBe(true);
    }
  });

  it('refuses a password by every verb as `password-refused`, and nothing changes', async () => {
    const { database, address, admin } = under;
    const { username } = app;
    const twin = `${username}_clone`;
    for (const attempt of [
      () => database.changeOwnPassword(address, app, username, yes),
      () =>
        database.changeUser(address, admin, { username, password: username, resetPassword: true, version: 'v' }, yes),
      () => database.cloneUser!(address, admin, { from: username, to: twin, password: twin }, yes),
    ]) {
      const error = await failure(attempt());
      expect(error).toMatchObject({ code: 'password-refused', retryable: false });
      expect(error?.message).toContain('password must not equal user name');
    }
    await database.login(address, app);
    expect(await under.userExists(twin)).toBe(false);
  });

  it.each(['single-user', 'alternating-users'] as const)(
    'leaves no rotation with %s behind that can’t go on: the next one makes another password',
    async (strategy) => {
      const rotation = await RealRotation.create({ ...under, engine: 'postgres' }, strategy, app);
      const refused = strategy === 'single-user' ? app.username : `${app.username}_clone`;
      rotation.ports = { ...rotation.ports, passwords: { generate: () => refused } };

      const error = await failure(rotation.rotate());

      expect(error).toMatchObject({ code: 'password-refused', retryable: false });
      expect(error?.message).toContain('the pending version was given up');
      expect(await rotation.stored('AWSCURRENT')).toMatchObject(app);
      expect(await rotation.accepts(app)).toBe(true);

      rotation.ports = { ...rotation.ports, passwords: randomPasswords };
      await rotation.rotate();
      expect(await rotation.accepts(await rotation.stored('AWSCURRENT'))).toBe(true);
    },
  );
});
