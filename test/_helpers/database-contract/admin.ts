/** The admin: what it is checked for, and that no change ever reaches it. */
import { describe, expect, it } from 'vitest';
import type { AdminTask } from '../../../lambdas/databases/port.ts';
import { codeOf, yes, type Bench } from './bench.ts';

export const describeAdmin = (bench: Bench): void => {
  const { strategies, provisions, usersChangedBy } = bench.facts;
  const ofUsers = strategies.filter((strategy) => strategy !== 'admin');
  const check = (task: Partial<AdminTask> & Pick<AdminTask, 'strategy'>) =>
    bench.under.database.checkAdmin(bench.under.address, bench.under.admin, {
      username: bench.user.username,
      ...task,
    });

  describe('checkAdmin', () => {
    it.each(ofUsers)('finds the admin fit for "%s", and touches nothing', async (strategy) => {
      await bench.under.addUser(bench.user);

      await check({ strategy });

      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await bench.under.userExists(bench.clone.username)).toBe(false);
    });

    it.each(ofUsers)('misses the user of "%s" where nobody is to be provisioned', async (strategy) => {
      expect(await codeOf(check({ strategy }))).toBe('user-missing');
    });

    if (provisions) {
      it.each(ofUsers)('does not miss a user that "%s" provisions, and does not create it', async (strategy) => {
        await check({ strategy, grants: { public: 'read-only' } });
        expect(await bench.under.userExists(bench.user.username)).toBe(false);
      });

      it.each(ofUsers)('misses a schema that the grants of "%s" name', async (strategy) => {
        const grants = { public: 'read-only', nowhere: 'read-only' } as const;
        expect(await codeOf(check({ strategy, grants }))).toBe('schema-missing');
      });
    }

    if (usersChangedBy !== 'function-role') {
      it.each(ofUsers)('refuses the admin itself as the user of "%s"', async (strategy) => {
        expect(await codeOf(check({ strategy, username: bench.adminLogin.username }))).toBe('user-reserved');
      });

      it.each(ofUsers)('finds out that one who may change nobody is no admin for "%s"', async (strategy) => {
        await bench.under.addUser(bench.user);
        await bench.under.addUser(bench.clone);
        const { database, address } = bench.under;
        const task = { username: bench.user.username, strategy };

        expect(await codeOf(database.checkAdmin(address, bench.clone, task))).toBe('database-privilege');
      });
    }

    if (strategies.includes('admin')) {
      it('finds the admin fit to change itself', async () => {
        await check({ strategy: 'admin', username: bench.adminLogin.username });
      });
    }
  });

  if (usersChangedBy !== 'function-role') {
    describe('changeUser', () => {
      it('does not touch the admin', async () => {
        const { database, address } = bench.under;
        const admin = bench.adminLogin;
        const change = {
          username: admin.username,
          password: bench.password('other'),
          resetPassword: true,
          version: 'v',
        };

        expect(await codeOf(database.changeUser(address, admin, change, yes))).toBe('user-reserved');

        expect(await bench.accepts(admin)).toBe(true);
      });

      it('wants an admin who may change users', async () => {
        await bench.under.addUser(bench.user);
        await bench.under.addUser(bench.clone);
        const { database, address } = bench.under;
        const change = { ...bench.user, password: bench.password('other'), resetPassword: true, version: 'v' };

        expect(await codeOf(database.changeUser(address, bench.clone, change, yes))).toBe('database-privilege');

        expect(await bench.accepts(bench.user)).toBe(true);
      });

      it('is "auth" where the admin is refused', async () => {
        await bench.under.addUser(bench.user);
        const { database, address } = bench.under;
        const wrong = { ...bench.adminLogin, password: bench.password('wrong') };
        const change = { ...bench.user, resetPassword: true, version: 'v' };

        expect(await codeOf(database.changeUser(address, wrong, change, yes))).toBe('database-auth');
      });
    });
  }

  if (strategies.includes('admin')) {
    describe('changeOwnPassword of the admin', () => {
      it('gives it another password, and the old one is refused from then on', async () => {
        const { database, address } = bench.under;
        const admin = bench.adminLogin;
        const password = bench.password('of the admin');

        expect(await database.changeOwnPassword(address, admin, password, yes)).toBe('changed');

        expect(await bench.answer(admin)).toBe('auth');
        expect(await bench.accepts({ ...admin, password })).toBe(true);
      });
    });
  }
};
