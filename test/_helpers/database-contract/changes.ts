/** Logging in, and one password that becomes another. */
import { describe, expect, it } from 'vitest';
import type { Confirm } from '../../../lambdas/databases/port.ts';
import { codeOf, no, superseded, yes, type Bench } from './bench.ts';

export const describeChanges = (bench: Bench): void => {
  const { usersChangedBy } = bench.facts;
  const reset = (word: string, version = 'version-of-the-reset') => ({
    username: bench.user.username,
    password: bench.password(word),
    resetPassword: true,
    version,
  });
  const change = (wanted: ReturnType<typeof reset>, confirm: Confirm) =>
    bench.under.database.changeUser(bench.under.address, bench.under.admin, wanted, confirm);

  describe('login', () => {
    it('takes the right password', async () => {
      await bench.under.addUser(bench.user);
      expect(await bench.accepts(bench.user)).toBe(true);
    });

    it('is "auth" for a wrong password and for an unknown user', async () => {
      await bench.under.addUser(bench.user);
      const { database, address } = bench.under;
      const password = bench.password('wrong');
      const unknown = { username: bench.clone.username, password };

      expect(await codeOf(database.login(address, { ...bench.user, password }))).toBe('database-auth');
      expect(await codeOf(database.login(address, unknown))).toBe('database-auth');
    });
  });

  describe('changeOwnPassword', () => {
    if (usersChangedBy === 'user') {
      it('gives the user another password, and the old one is refused from then on', async () => {
        await bench.under.addUser(bench.user);
        const { database, address } = bench.under;
        const password = bench.password('second');

        expect(await database.changeOwnPassword(address, bench.user, password, yes)).toBe('changed');

        expect(await bench.answer(bench.user)).toBe('auth');
        expect(await bench.accepts({ ...bench.user, password })).toBe(true);
      });

      it('changes nothing where it is withdrawn, or where the question itself fails', async () => {
        await bench.under.addUser(bench.user);
        const { database, address } = bench.under;
        const attempt = (confirm: Confirm) =>
          database.changeOwnPassword(address, bench.user, bench.password('second'), confirm);

        expect(await attempt(no)).toBe('withdrawn');
        expect(await codeOf(attempt(superseded))).toBe('superseded');

        expect(await bench.accepts(bench.user)).toBe(true);
      });

      it('is "auth" with a wrong password, and nothing is asked', async () => {
        await bench.under.addUser(bench.user);
        const { database, address } = bench.under;
        const wrong = { ...bench.user, password: bench.password('wrong') };
        const asked: string[] = [];

        const attempt = database.changeOwnPassword(address, wrong, bench.password('second'), () => {
          asked.push('asked');
          return Promise.resolve(true);
        });

        expect(await codeOf(attempt)).toBe('database-auth');
        expect(asked).toEqual([]);
      });
    } else {
      it('is refused as a privilege, since only an admin changes users here', async () => {
        await bench.under.addUser(bench.user);
        const { database, address } = bench.under;

        const attempt = database.changeOwnPassword(address, bench.user, bench.password('second'), yes);

        expect(await codeOf(attempt)).toBe('database-privilege');
        expect(await bench.accepts(bench.user)).toBe(true);
      });
    }
  });

  describe('changeUser', () => {
    it('resets a password on demand, and the old one is refused from then on', async () => {
      await bench.under.addUser(bench.user);

      expect(await change(reset('second'), yes)).toBe('reset');

      expect(await bench.answer(bench.user)).toBe('auth');
      expect(await bench.accepts({ ...bench.user, password: bench.password('second') })).toBe(true);
    });

    it('can be repeated', async () => {
      await bench.under.addUser(bench.user);

      await change(reset('second'), yes);
      await change(reset('second'), yes);

      expect(await bench.accepts({ ...bench.user, password: bench.password('second') })).toBe(true);
    });

    it('goes back and forth between two passwords', async () => {
      await bench.under.addUser(bench.user);
      const first = { ...reset('x', 'version-of-the-first'), password: bench.user.password };

      await change(reset('second'), yes);
      await change(first, yes);
      expect(await bench.accepts(bench.user)).toBe(true);
      await change(reset('second'), yes);

      expect(await bench.answer(bench.user)).toBe('auth');
      expect(await bench.accepts({ ...bench.user, password: bench.password('second') })).toBe(true);
    });

    it('leaves the password of a user who exists where it shall not reset it', async () => {
      await bench.under.addUser(bench.user);

      expect(await change({ ...reset('ignored'), resetPassword: false }, yes)).toBe('unchanged');

      expect(await bench.accepts(bench.user)).toBe(true);
    });

    it('changes nothing where it is withdrawn, or where the question itself fails', async () => {
      await bench.under.addUser(bench.user);

      expect(await change(reset('second'), no)).toBe('withdrawn');
      expect(await codeOf(change(reset('second'), superseded))).toBe('superseded');

      expect(await bench.accepts(bench.user)).toBe(true);
    });

    it('creates nobody who is not to be provisioned', async () => {
      expect(await codeOf(change(reset('second'), yes))).toBe('user-missing');
      expect(await bench.under.userExists(bench.user.username)).toBe(false);
    });

    if (bench.options.lock ?? true) {
      it('lets one worker at a time change a user', async () => {
        await bench.under.addUser(bench.user);
        const events: string[] = [];
        const slowly = async (who: string): Promise<boolean> => {
          events.push(`${who} asks`);
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
          events.push(`${who} changes`);
          return true;
        };

        await Promise.all(['a', 'b'].map((who) => change(reset('second'), () => slowly(who))));

        const [first, second] = events[0] === 'a asks' ? ['a', 'b'] : ['b', 'a'];
        expect(events).toEqual([`${first} asks`, `${first} changes`, `${second} asks`, `${second} changes`]);
        expect(await bench.accepts({ ...bench.user, password: bench.password('second') })).toBe(true);
      });
    }
  });
};
