/** Users whom the catalog has created, with exactly the grants that it names. */
import { describe, expect, it } from 'vitest';
import type { Grants } from '../../../lib/contract/index.ts';
import { codeOf, present, yes, type Bench } from './bench.ts';

export const describeProvisioning = (bench: Bench): void => {
  const provision = (grants: Grants, change: { password?: string; resetPassword?: boolean } = {}) =>
    bench.under.database.changeUser(
      bench.under.address,
      bench.under.admin,
      { ...bench.user, resetPassword: false, version: 'version-of-the-change', grants, ...change },
      yes,
    );
  const hooks = () => present(bench.under.provisioning, 'provisioning');

  describe('provisioning', () => {
    it('creates a user with its grants, and does nothing more the second time', async () => {
      await hooks().addSchema('audit');
      const grants = { public: 'read-write', audit: 'read-only' } as const;

      expect(await provision(grants)).toBe('created');
      expect(await provision(grants, { password: bench.password('ignored') })).toBe('unchanged');

      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await hooks().grantsOf(bench.user.username)).toBe('audit=read-only public=read-write');
    });

    it('resets the password of a user who exists where it shall', async () => {
      await bench.under.addUser(bench.user);
      const password = bench.password('second');

      expect(await provision({ public: 'read-only' }, { password, resetPassword: true })).toBe('reset');

      expect(await bench.accepts({ ...bench.user, password })).toBe(true);
      expect(await hooks().grantsOf(bench.user.username)).toBe('public=read-only');
    });

    it('takes away what the grants do not name any more', async () => {
      await hooks().addSchema('audit');

      await provision({ public: 'read-write', audit: 'read-only' });
      await provision({ public: 'read-only' });
      expect(await hooks().grantsOf(bench.user.username)).toBe('public=read-only');

      await provision({});
      expect(await hooks().grantsOf(bench.user.username)).toBe('');
    });

    it('creates nobody where the grants name a schema that is not there', async () => {
      expect(await codeOf(provision({ public: 'read-only', nowhere: 'read-only' }))).toBe('schema-missing');
      expect(await bench.under.userExists(bench.user.username)).toBe(false);
    });
  });
};
