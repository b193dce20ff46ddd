/** The end of a user: for a while, and for ever. */
import { describe, expect, it } from 'vitest';
import type { Confirm, Credential, UserRevocation } from '../../../lambdas/databases/port.ts';
import { codeOf, no, present, superseded, yes, type Bench } from './bench.ts';

export const describeRevocations = (bench: Bench): void => {
  const revoke = (then: UserRevocation['then'], confirm: Confirm = yes, username: string = bench.clone.username) => {
    const { database, address, admin } = bench.under;
    const revocation = { username, then, heir: bench.user.username };
    return present(database.revokeUser, 'revokeUser')(address, admin, revocation, confirm);
  };
  const addBoth = async () => {
    await bench.under.addUser(bench.user);
    await present(bench.under.rights, 'rights').give(bench.user.username, 'first');
    await clone(bench.clone);
  };
  const clone = (to: Credential) => {
    const { database, address, admin } = bench.under;
    const wanted = { from: bench.user.username, to: to.username, password: to.password };
    return present(database.cloneUser, 'cloneUser')(address, admin, wanted, yes);
  };
  const openSession = (credential: Credential) => present(bench.under.openSession, 'openSession')(credential);

  describe.each(['block', 'drop'] as const)('revokeUser, to %s', (then) => {
    it('lets the user in no more and leaves the heir alone', async () => {
      await addBoth();
      const rights = await present(bench.under.rights, 'rights').of(bench.user.username);

      expect(await revoke(then)).toBe('revoked');

      expect(await bench.refuses(bench.clone)).toBe(true);
      expect(await bench.under.userExists(bench.clone.username)).toBe(then === 'block');
      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await present(bench.under.rights, 'rights').of(bench.user.username)).toEqual(rights);
    });

    it('ends the sessions of the user, and no other', async () => {
      await addBoth();
      const revoked = [await openSession(bench.clone), await openSession(bench.clone)];
      const other = await openSession(bench.user);
      try {
        await revoke(then);

        expect(await Promise.all(revoked.map((session) => session.ended()))).toEqual([true, true]);
        expect(await other.ended()).toBe(false);
      } finally {
        for (const session of [...revoked, other]) await session.close();
      }
    });

    it('can be repeated', async () => {
      await addBoth();

      await revoke(then);

      expect(await revoke(then)).toBe(then === 'block' ? 'revoked' : 'absent');
      expect(await bench.refuses(bench.clone)).toBe(true);
    });

    it('has nothing to do for a user who is not there', async () => {
      await bench.under.addUser(bench.user);
      expect(await revoke(then)).toBe('absent');
    });

    it('changes nothing where it is withdrawn, or where the question itself fails', async () => {
      await addBoth();

      expect(await revoke(then, no)).toBe('withdrawn');
      expect(await codeOf(revoke(then, superseded))).toBe('superseded');

      expect(await bench.accepts(bench.clone)).toBe(true);
    });

    it('does not touch the admin', async () => {
      await bench.under.addUser(bench.user);
      const admin = bench.adminLogin;

      expect(await codeOf(revoke(then, yes, admin.username))).toBe('user-reserved');

      expect(await bench.accepts(admin)).toBe(true);
    });
  });

  describe('a blocked user', () => {
    it('logs in again once it is made an equal again', async () => {
      await addBoth();
      await revoke('block');
      const next = { ...bench.clone, password: bench.password('second') };

      expect(await clone(next)).toBe('reset');

      expect(await bench.accepts(next)).toBe(true);
      expect(await bench.answer(bench.clone)).toBe('auth');
    });

    it('logs in again once an admin gives it a password', async () => {
      await addBoth();
      await revoke('block');
      const { database, address, admin } = bench.under;
      const next = { ...bench.clone, password: bench.password('second') };

      await database.changeUser(address, admin, { ...next, resetPassword: true, version: 'version-after' }, yes);

      expect(await bench.accepts(next)).toBe(true);
    });

    it('is still no model for another: its equal logs in', async () => {
      await addBoth();
      await revoke('block', yes, bench.user.username);
      const next = { ...bench.clone, password: bench.password('second') };

      await clone(next);

      expect(await bench.accepts(next)).toBe(true);
    });

    it('can be dropped', async () => {
      await addBoth();
      await revoke('block');

      expect(await revoke('drop')).toBe('revoked');

      expect(await bench.under.userExists(bench.clone.username)).toBe(false);
    });
  });

  describe('a dropped user', () => {
    it('can come back', async () => {
      await addBoth();
      await revoke('drop');

      expect(await clone(bench.clone)).toBe('created');

      expect(await bench.accepts(bench.clone)).toBe(true);
    });

    if (bench.options.ownership) {
      it('leaves what it made to the heir', async () => {
        const ownership = present(bench.under.ownership, 'ownership');
        await addBoth();
        await ownership.make(bench.clone, 'legacy');

        await revoke('drop');

        expect(await ownership.exists('legacy')).toBe(true);
        await ownership.alter(bench.user, 'legacy');
      });
    }
  });
};
