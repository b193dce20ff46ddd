import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { no, yes } from '../../_helpers/database-contract.ts';
import { preparePostgres } from '../../_helpers/postgres-under-test.ts';

/** What is nowhere to be found may be told. */
const canary = (of: string): string => `Canary-${of}-${randomBytes(12).toString('hex')}'"\\`;

describe('the log of PostgreSQL with log_statement = all', () => {
  let postgres: LocalPostgres;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version: 18 });
  });
  afterAll(async () => {
    await postgres.stop();
  });

  it('has every statement of a rotation, and no password', async () => {
    const { database, address, admin } = await preparePostgres(postgres);
    const used: string[] = [];
    const login = (username: string, of: string) => {
      const password = canary(of);
      used.push(password);
      return { username, password };
    };
    const app = login('app', 'first');
    const change = { ...app, resetPassword: true, version: 'v', grants: { public: 'read-write' } } as const;

    await database.checkAdmin(address, admin, { username: 'app', strategy: 'single-user', grants: change.grants });
    await database.changeUser(address, admin, change, yes);
    await database.login(address, app);
    await database.login(address, login('app', 'wrong')).catch((error: unknown) => String(error));
    const second = login('app', 'second');
    await database.changeOwnPassword(address, app, second.password, yes);
    await database.changeOwnPassword(address, second, login('app', 'withdrawn').password, no);
    await database.changeUser(address, admin, { ...change, ...login('app', 'reset') }, yes);
    const task = { username: 'app', strategy: 'alternating-users' } as const;
    await database.checkAdmin(address, admin, task);
    const clone = { from: 'app', to: 'app_clone', password: login('app_clone', 'clone').password };
    await database.cloneUser!(address, admin, clone, yes);
    await database.cloneUser!(address, admin, { ...clone, password: login('app_clone', 'again').password }, yes);
    const impossible = { from: 'nobody', to: 'nobody_clone', password: login('nobody_clone', 'refused').password };
    await database.cloneUser!(address, admin, impossible, yes).catch((error: unknown) => String(error));
    for (const then of ['block', 'drop'] as const) {
      await database.revokeUser!(address, admin, { username: 'app_clone', then, heir: 'app' }, yes);
    }

    const log = await postgres.readLog();
    for (const statement of [
      'CREATE ROLE "app" LOGIN',
      'ALTER ROLE "app" PASSWORD',
      'ROLE "app_clone" LOGIN',
      'DROP ROLE',
    ]) {
      expect(log).toContain(statement);
    }
    expect(log).toContain('SCRAM-SHA-256$4096:');
    expect(log).not.toContain('Canary-');
    for (const password of used) {
      expect(log).not.toContain(Buffer.from(password).toString('base64').slice(0, 24));
      expect(log).not.toContain(Buffer.from(password).toString('hex').slice(0, 24));
    }
  });
});
