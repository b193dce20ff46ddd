/** A user whom someone disabled stays disabled, whatever a rotation wants. */
import { describe, expect, it } from 'vitest';
import { codeOf, present, yes, type Bench } from './bench.ts';

export const describeContainment = (bench: Bench): void => {
  const { strategies, provisions } = bench.facts;
  const disable = (username: string) => present(bench.under.disable, 'disable')(username);
  const changeTo = (word: string, more: { keep?: string; grants?: { public: 'read-only' } } = {}) => {
    const { database, address, admin } = bench.under;
    const password = bench.password(word);
    const change = { username: bench.user.username, password, resetPassword: true, version: 'some-version', ...more };
    return database.changeUser(address, admin, change, yes);
  };
  const clone = () => {
    const { database, address, admin } = bench.under;
    const { username: to, password } = bench.clone;
    return present(database.cloneUser, 'cloneUser')(address, admin, { from: bench.user.username, to, password }, yes);
  };
  const stillOut = async (password: string = bench.user.password) => {
    expect(await bench.refuses({ ...bench.user, password })).toBe(true);
  };

  describe('a disabled user', () => {
    it('gets no new password, and is not enabled by one', async () => {
      await bench.under.addUser(bench.user);
      await disable(bench.user.username);

      expect(await codeOf(changeTo('second'))).toBe('user-disabled');

      await stillOut();
      await stillOut(bench.password('second'));
    });

    if (provisions) {
      it('is not enabled by a provisioning', async () => {
        await bench.under.addUser(bench.user);
        await disable(bench.user.username);

        expect(await codeOf(changeTo('second', { grants: { public: 'read-only' } }))).toBe('user-disabled');

        await stillOut(bench.password('second'));
      });
    }

    if (strategies.includes('dual-password')) {
      it('gets no second password', async () => {
        await bench.under.addUser(bench.user);
        await disable(bench.user.username);

        expect(await codeOf(changeTo('second', { keep: bench.user.password }))).toBe('user-disabled');

        await stillOut(bench.password('second'));
      });
    }

    if (strategies.includes('alternating-users')) {
      it('is made nobody’s equal: the other one would be let in in its place', async () => {
        await bench.under.addUser(bench.user);
        await disable(bench.user.username);

        expect(await codeOf(clone())).toBe('user-disabled');

        expect(await bench.under.userExists(bench.clone.username)).toBe(false);
      });

      it('is not enabled where it is its turn', async () => {
        await bench.under.addUser(bench.user);
        await bench.under.addUser(bench.clone);
        await disable(bench.clone.username);

        expect(await codeOf(clone())).toBe('user-disabled');

        expect(await bench.refuses(bench.clone)).toBe(true);
        expect(await bench.accepts(bench.user)).toBe(true);
      });

      it('is told from one that a revocation blocked: that one comes back at its turn', async () => {
        await bench.under.addUser(bench.user);
        await clone();
        const { database, address, admin } = bench.under;
        const blocked = { username: bench.clone.username, then: 'block', heir: bench.user.username } as const;
        await present(database.revokeUser, 'revokeUser')(address, admin, blocked, yes);

        expect(await clone()).toBe('reset');

        expect(await bench.accepts(bench.clone)).toBe(true);
      });
    }

    if (bench.options.holds?.includes('inspection')) {
      it('is seen as such, with its password', async () => {
        await bench.under.addUser(bench.user);
        await disable(bench.user.username);
        const { database, address, admin } = bench.under;

        const seen = await present(database.inspectUser, 'inspectUser')(address, admin, bench.user);

        expect(seen.barrier?.kind).toBe('disabled');
        expect(['matches', 'unreadable']).toContain(seen.password);
      });
    }
  });
};
