/** What an admin sees of a login, without a login as the user. */
import { expect, describe, it } from 'vitest';
import { present, type Bench } from './bench.ts';

export const describeInspection = (bench: Bench): void => {
  const inspect = (password: string = bench.user.password) => {
    const { database, address, admin } = bench.under;
    return present(database.inspectUser, 'inspectUser')(address, admin, { ...bench.user, password });
  };

  describe('inspectUser', () => {
    it('sees that a password is the one that the user has', async () => {
      await bench.under.addUser(bench.user);
      expect(await inspect()).toEqual({ password: 'matches' });
    });

    it('sees that it is another one', async () => {
      await bench.under.addUser(bench.user);
      expect(await inspect(bench.password('wrong'))).toEqual({ password: 'differs' });
    });

    it('sees that there is no such user', async () => {
      expect(await inspect()).toEqual({ password: 'no-such-user' });
    });

    it('goes by the password that a change gave', async () => {
      await bench.under.addUser(bench.user);
      const { database, address, admin } = bench.under;
      const password = bench.password('second');
      const change = { username: bench.user.username, password, resetPassword: true, version: 'second-version' };
      await database.changeUser(address, admin, change, () => Promise.resolve(true));

      expect(await inspect(password)).toEqual({ password: 'matches' });
      expect(await inspect()).toEqual({ password: 'differs' });
    });
  });
};
