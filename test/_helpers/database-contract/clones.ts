/** Two users that are each other's equal. */
import { describe, expect, it } from 'vitest';
import type { Confirm, Credential } from '../../../lambdas/databases/port.ts';
import type { Grants } from '../../../lib/contract/index.ts';
import { codeOf, no, present, superseded, yes, type Bench } from './bench.ts';

export const describeClones = (bench: Bench): void => {
  const clone = (
    from: string = bench.user.username,
    to: Credential = bench.clone,
    { confirm = yes, grants }: { confirm?: Confirm; grants?: Grants } = {},
  ) => {
    const { database, address, admin } = bench.under;
    const wanted = { from, to: to.username, password: to.password, ...(grants && { grants }) };
    return present(database.cloneUser, 'cloneUser')(address, admin, wanted, confirm);
  };
  const rights = () => present(bench.under.rights, 'rights');

  /** The clone has exactly what the user has, and that is something. */
  const expectEqual = async () => {
    const expected = await rights().of(bench.user.username);
    expect(expected).not.toEqual([]);
    expect(await rights().of(bench.clone.username)).toEqual(expected);
  };

  describe('cloneUser', () => {
    it('creates an equal with a password of its own, and leaves the other as it was', async () => {
      await bench.under.addUser(bench.user);
      await rights().give(bench.user.username, 'first');
      const before = await rights().of(bench.user.username);

      expect(await clone()).toBe('created');

      expect(await rights().of(bench.user.username)).toEqual(before);
      await expectEqual();
      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await bench.accepts(bench.clone)).toBe(true);
    });

    it('can be repeated, with the same password and with another', async () => {
      await bench.under.addUser(bench.user);
      await rights().give(bench.user.username, 'first');
      const again = { ...bench.clone, password: bench.password('another') };

      await clone();
      expect(await clone()).toBe('reset');
      expect(await bench.accepts(bench.clone)).toBe(true);
      expect(await clone(bench.user.username, again)).toBe('reset');

      expect(await bench.accepts(again)).toBe(true);
      expect(await bench.answer(bench.clone)).toBe('auth');
      expect(await bench.accepts(bench.user)).toBe(true);
      await expectEqual();
    });

    it('adds what the other got and removes what it lost since', async () => {
      await bench.under.addUser(bench.user);
      await rights().give(bench.user.username, 'first');
      await clone();
      const before = await rights().of(bench.clone.username);

      await rights().give(bench.user.username, 'second');
      await clone();

      await expectEqual();
      expect(await rights().of(bench.clone.username)).not.toEqual(before);
    });

    it('removes what the clone alone has', async () => {
      await bench.under.addUser(bench.user);
      await bench.under.addUser(bench.clone);
      await rights().give(bench.user.username, 'first');
      await rights().give(bench.clone.username, 'second');

      expect(await clone()).toBe('reset');

      await expectEqual();
    });

    it('works in the other direction too, as every second rotation does', async () => {
      await bench.under.addUser(bench.user);
      await rights().give(bench.user.username, 'first');
      await clone();
      const password = bench.password('second');

      expect(await clone(bench.clone.username, { ...bench.user, password })).toBe('reset');

      expect(await bench.accepts({ ...bench.user, password })).toBe(true);
      expect(await bench.accepts(bench.clone)).toBe(true);
      await expectEqual();
    });

    it('changes nothing where it is withdrawn, or where the question itself fails', async () => {
      await bench.under.addUser(bench.user);
      await rights().give(bench.user.username, 'first');
      const { username } = bench.user;

      expect(await clone(username, bench.clone, { confirm: no })).toBe('withdrawn');
      expect(await codeOf(clone(username, bench.clone, { confirm: superseded }))).toBe('superseded');

      expect(await bench.under.userExists(bench.clone.username)).toBe(false);
    });

    it('misses the user to be equal to', async () => {
      await bench.under.addUser(bench.clone);
      const password = bench.password('another');

      expect(await codeOf(clone(bench.user.username, { ...bench.clone, password }))).toBe('user-missing');

      expect(await bench.accepts(bench.clone)).toBe(true);
    });

    it('neither copies nor changes the admin', async () => {
      await bench.under.addUser(bench.user);
      const admin = bench.adminLogin;

      expect(await codeOf(clone(admin.username))).toBe('user-reserved');
      expect(await codeOf(clone(bench.user.username, { ...admin, password: bench.password('x') }))).toBe(
        'user-reserved',
      );

      expect(await bench.accepts(admin)).toBe(true);
      expect(await bench.under.userExists(bench.clone.username)).toBe(false);
    });

    if (bench.options.lock ?? true) {
      it('lets one worker at a time make a clone', async () => {
        await bench.under.addUser(bench.user);
        await rights().give(bench.user.username, 'first');

        const outcomes = await Promise.all([clone(), clone()]);

        expect([...outcomes].sort()).toEqual(['created', 'reset']);
        expect(await bench.accepts(bench.clone)).toBe(true);
      });
    }

    if (bench.facts.provisions) {
      it('gives both exactly the grants that the catalog names', async () => {
        const provisioning = present(bench.under.provisioning, 'provisioning');
        await provisioning.addSchema('audit');
        await bench.under.addUser(bench.user);
        const { username } = bench.user;

        await clone(username, bench.clone, { grants: { public: 'read-write', audit: 'read-only' } });
        for (const name of [username, bench.clone.username]) {
          expect(await provisioning.grantsOf(name)).toBe('audit=read-only public=read-write');
        }

        await clone(username, bench.clone, { grants: { audit: 'read-write' } });
        for (const name of [username, bench.clone.username]) {
          expect(await provisioning.grantsOf(name)).toBe('audit=read-write');
        }
      });

      it('creates nobody where the grants name a schema that is not there', async () => {
        await bench.under.addUser(bench.user);
        const grants = { nowhere: 'read-only' } as const;

        expect(await codeOf(clone(bench.user.username, bench.clone, { grants }))).toBe('schema-missing');

        expect(await bench.under.userExists(bench.clone.username)).toBe(false);
      });
    }

    if (bench.options.ownership) {
      it('has each of the two change as an owner what the other made, before and after', async () => {
        const ownership = present(bench.under.ownership, 'ownership');
        await bench.under.addUser(bench.user);
        await rights().give(bench.user.username, 'first');
        await ownership.make(bench.user, 'before');
        await clone();
        await ownership.make(bench.user, 'after');
        await ownership.make(bench.clone, 'of the clone');

        // What was made since the last rotation becomes common property with the next.
        const next = { ...bench.user, password: bench.password('second') };
        await ownership.alter(bench.clone, 'before');
        await clone(bench.clone.username, next);

        for (const object of ['before', 'after', 'of the clone']) {
          await ownership.alter(bench.clone, object);
          await ownership.alter(next, object);
        }
      });
    }
  });
};
