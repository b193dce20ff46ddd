/** What every `Database` does, real or modelled. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential, Database, DatabaseAddress } from '../../lambdas/rotation/ports.ts';
import { DatabaseError, RotationError } from '../../lambdas/rotation/rotation-error.ts';

export interface DatabaseUnderTest {
  readonly database: Database;
  readonly address: DatabaseAddress;
  readonly admin: Credential;
  /** An existing user without any right beyond logging in. */
  addUser(credential: Credential): Promise<void>;
  addSchema(name: string): Promise<void>;
  /** `public=read-write audit=read-only`: what the user may do now. */
  grantsOf(username: string): Promise<string>;
}

const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

/** @param prepare - gives a database in which user names that a test makes up do not exist yet. */
export const describeDatabase = (name: string, prepare: () => Promise<DatabaseUnderTest>): void => {
  describe(`${name} as a Database`, () => {
    let under: DatabaseUnderTest;
    let count = 0;
    let user: Credential;

    const accepts = async (credential: Credential): Promise<boolean> => {
      try {
        await under.database.login(under.address, credential);
        return true;
      } catch (error) {
        if (error instanceof DatabaseError && error.kind === 'auth') return false;
        throw error;
      }
    };
    const code = async (promise: Promise<unknown>): Promise<string> => {
      const error = await promise.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error instanceof RotationError) return error.code;
      throw new Error('expected a RotationError', { cause: error });
    };

    beforeEach(async () => {
      under = await prepare();
      count += 1;
      user = { username: `Odd "user" ${count}`, password: `p'a\\ss ${count} word` };
    });

    it('logs in with the right password', async () => {
      await under.addUser(user);
      expect(await accepts(user)).toBe(true);
    });

    it('calls a wrong password and an unknown user "auth"', async () => {
      await under.addUser(user);
      const { database, address } = under;

      expect(await code(database.login(address, { ...user, password: 'wrong' }))).toBe('database-auth');
      expect(await code(database.login(address, { username: 'nobody', password: 'wrong' }))).toBe('database-auth');
    });

    it('lets a user change its own password, and refuses the old one from then on', async () => {
      await under.addUser(user);

      const outcome = await under.database.changeOwnPassword(under.address, user, 'new Passwörd 1', yes);

      expect(outcome).toBe('changed');
      expect(await accepts(user)).toBe(false);
      expect(await accepts({ ...user, password: 'new Passwörd 1' })).toBe(true);
    });

    it('changes nothing where the change is withdrawn under the lock', async () => {
      await under.addUser(user);
      const { database, address, admin } = under;
      const change = { username: user.username, password: 'other', resetPassword: true };

      expect(await database.changeOwnPassword(address, user, 'other', no)).toBe('withdrawn');
      expect(await database.changeUser(address, admin, change, no)).toBe('withdrawn');

      expect(await accepts(user)).toBe(true);
    });

    it('changes nothing and passes the error on where the question itself fails', async () => {
      await under.addUser(user);
      const failing = () => Promise.reject(new RotationError('superseded', 'gone', { retryable: false }));

      expect(await code(under.database.changeOwnPassword(under.address, user, 'other', failing))).toBe('superseded');

      expect(await accepts(user)).toBe(true);
    });

    it('lets one worker at a time change a user', async () => {
      await under.addUser(user);
      const events: string[] = [];
      const slowly = async (who: string): Promise<boolean> => {
        events.push(`${who} asks`);
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        events.push(`${who} changes`);
        return true;
      };
      const change = { username: user.username, password: 'same for both', resetPassword: true };

      await Promise.all(
        ['a', 'b'].map((who) => under.database.changeUser(under.address, under.admin, change, () => slowly(who))),
      );

      const [first, second] = events[0] === 'a asks' ? ['a', 'b'] : ['b', 'a'];
      expect(events).toEqual([`${first} asks`, `${first} changes`, `${second} asks`, `${second} changes`]);
      expect(await accepts({ ...user, password: 'same for both' })).toBe(true);
    });

    it('creates a user with its grants, and does nothing more the second time', async () => {
      await under.addSchema('audit');
      const { database, address, admin } = under;
      const grants = { public: 'read-write', audit: 'read-only' } as const;
      const change = { ...user, resetPassword: false, grants };

      expect(await database.changeUser(address, admin, change, yes)).toBe('created');
      expect(await database.changeUser(address, admin, { ...change, password: 'ignored' }, yes)).toBe('unchanged');

      expect(await accepts(user)).toBe(true);
      expect(await under.grantsOf(user.username)).toBe('audit=read-only public=read-write');
    });

    it('takes away what the grants do not name any more', async () => {
      await under.addSchema('audit');
      const { database, address, admin } = under;
      const change = { ...user, resetPassword: false };

      await database.changeUser(
        address,
        admin,
        { ...change, grants: { public: 'read-write', audit: 'read-only' } },
        yes,
      );
      await database.changeUser(address, admin, { ...change, grants: { public: 'read-only' } }, yes);

      expect(await under.grantsOf(user.username)).toBe('public=read-only');
    });

    it('resets a password on demand', async () => {
      await under.addUser(user);
      const change = { username: user.username, password: 'reset by admin', resetPassword: true };

      expect(await under.database.changeUser(under.address, under.admin, change, yes)).toBe('reset');

      expect(await accepts(user)).toBe(false);
      expect(await accepts({ ...user, password: 'reset by admin' })).toBe(true);
    });

    it('creates nobody who is not to be provisioned', async () => {
      const change = { ...user, resetPassword: true };
      expect(await code(under.database.changeUser(under.address, under.admin, change, yes))).toBe('user-missing');
      expect(await accepts(user)).toBe(false);
    });

    it('creates nobody where the grants name a schema that is not there', async () => {
      const change = { ...user, resetPassword: true, grants: { public: 'read-only', nowhere: 'read-only' } } as const;

      expect(await code(under.database.changeUser(under.address, under.admin, change, yes))).toBe('schema-missing');

      expect(await accepts(user)).toBe(false);
    });

    it('does not touch the admin', async () => {
      const { database, address, admin } = under;
      const change = { username: admin.username, password: 'other', resetPassword: true };

      expect(await code(database.changeUser(address, admin, change, yes))).toBe('user-reserved');

      expect(await accepts(admin)).toBe(true);
    });

    it('wants an admin who may change users, and says so before anything happens', async () => {
      await under.addUser(user);
      const { database, address } = under;
      const change = {
        username: 'somebody',
        password: 'x',
        resetPassword: true,
        grants: { public: 'read-only' },
      } as const;

      expect(await code(database.checkAdmin(address, user, change))).toBe('database-privilege');
      expect(await code(database.changeUser(address, user, change, yes))).toBe('database-privilege');
    });

    it('checks an admin without touching anything', async () => {
      const { database, address, admin } = under;

      await database.checkAdmin(address, admin, { username: user.username, grants: { public: 'read-only' } });
      expect(await code(database.checkAdmin(address, admin, { username: user.username }))).toBe('user-missing');

      expect(await accepts(user)).toBe(false);
    });
  });
};
