/** Two passwords of one user, both valid for a while, and never a third. */
import { describe, expect, it } from 'vitest';
import type { Confirm } from '../../../lambdas/databases/port.ts';
import { codeOf, no, present, superseded, yes, type Bench } from './bench.ts';

export const describeDualPasswords = (bench: Bench): void => {
  const login = (password: string) => ({ ...bench.user, password });
  /** Gives the user a password of a word beside the one that it keeps, as the version of that word. */
  const add = (word: string, keep: string, confirm: Confirm = yes) =>
    bench.under.database.changeUser(
      bench.under.address,
      bench.under.admin,
      {
        username: bench.user.username,
        password: bench.password(word),
        resetPassword: true,
        keep,
        version: `version-${word}`,
      },
      confirm,
    );
  const discard = (keep: string, confirm: Confirm = yes, ends?: string) => {
    const { database, address, admin } = bench.under;
    const user = { username: bench.user.username, keep, ...(ends !== undefined && { ends }) };
    return present(database.discardPassword, 'discardPassword')(address, admin, user, confirm);
  };

  describe('changeUser with a password to keep', () => {
    it('has both valid', async () => {
      await bench.under.addUser(bench.user);

      expect(await add('second', bench.user.password)).toBe('reset');

      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await bench.accepts(login(bench.password('second')))).toBe(true);
    });

    it('changes nothing the second time: the kept password stays valid', async () => {
      await bench.under.addUser(bench.user);

      await add('second', bench.user.password);
      expect(await add('second', bench.user.password)).toBe('unchanged');

      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await bench.accepts(login(bench.password('second')))).toBe(true);
    });

    it('has no third one valid', async () => {
      await bench.under.addUser(bench.user);

      await add('second', bench.user.password);
      expect(await add('third', bench.password('second'))).toBe('reset');

      expect(await bench.answer(bench.user)).toBe('auth');
      expect(await bench.accepts(login(bench.password('second')))).toBe(true);
      expect(await bench.accepts(login(bench.password('third')))).toBe(true);
    });

    it('changes nothing where it is withdrawn, or where the question itself fails', async () => {
      await bench.under.addUser(bench.user);

      expect(await add('second', bench.user.password, no)).toBe('withdrawn');
      expect(await codeOf(add('second', bench.user.password, superseded))).toBe('superseded');

      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await bench.answer(login(bench.password('second')))).toBe('auth');
    });
  });

  describe('discardPassword', () => {
    it('leaves the one to keep, and can be repeated', async () => {
      await bench.under.addUser(bench.user);
      await add('second', bench.user.password);

      expect(await discard(bench.password('second'))).toBe('discarded');
      expect(await discard(bench.password('second'))).toBe('discarded');

      expect(await bench.answer(bench.user)).toBe('auth');
      expect(await bench.accepts(login(bench.password('second')))).toBe(true);
    });

    it('leaves the lone password of a user who has one', async () => {
      await bench.under.addUser(bench.user);

      expect(await discard(bench.user.password)).toBe('discarded');

      expect(await bench.accepts(bench.user)).toBe(true);
    });

    it('changes nothing where it is withdrawn', async () => {
      await bench.under.addUser(bench.user);
      await add('second', bench.user.password);

      expect(await discard(bench.password('second'), no)).toBe('withdrawn');

      expect(await bench.accepts(bench.user)).toBe(true);
    });

    it('has nothing to do for a user who is gone', async () => {
      expect(await discard(bench.user.password)).toBe('discarded');
      expect(await bench.under.userExists(bench.user.username)).toBe(false);
    });

    it('ends one password where both are valid, and does nothing afterwards', async () => {
      await bench.under.addUser(bench.user);
      await add('second', bench.user.password);

      expect(await discard(bench.password('second'), no, bench.user.password)).toBe('withdrawn');
      expect(await bench.accepts(bench.user)).toBe(true);
      expect(await discard(bench.password('second'), yes, bench.user.password)).toBe('discarded');
      expect(await discard(bench.password('second'), yes, bench.user.password)).toBe('nothing');

      expect(await bench.answer(bench.user)).toBe('auth');
      expect(await bench.accepts(login(bench.password('second')))).toBe(true);
    });

    it('ends no password where the one to keep is not valid', async () => {
      await bench.under.addUser(bench.user);

      expect(await discard(bench.password('never set'), yes, bench.user.password)).toBe('nothing');

      expect(await bench.accepts(bench.user)).toBe(true);
    });

    it('lets the next rotation keep what is left', async () => {
      await bench.under.addUser(bench.user);
      await add('second', bench.user.password);
      await discard(bench.password('second'));

      expect(await add('third', bench.password('second'))).toBe('reset');

      expect(await bench.accepts(login(bench.password('second')))).toBe(true);
      expect(await bench.accepts(login(bench.password('third')))).toBe(true);
      expect(await bench.answer(bench.user)).toBe('auth');
    });
  });
};
