/** Self-managed Redis and Valkey, behind the `Database` port. */
import { systemClock, type Clock } from '../../runtime/clock.ts';
import { loginOf } from '../login-of.ts';
import type { Admin, Confirm, Credential, Database, DatabaseAddress, Notice, RevokedRight } from '../port.ts';
import { hashOf, setPasswords, surplusPasswords } from './acl-user.ts';
import { inspect, refuseDisabled } from './inspect.ts';
import { redisLogin } from './login.ts';
import { lostRules } from './lost-rules.ts';
import { checkPermissions } from './permissions.ts';
import { examineServer } from './server.ts';
import { withSession, type Session, type SessionOptions } from './session.ts';
import { withUserLock } from './user-lock.ts';
import { readUser, UserStore } from './user-store.ts';
import { applyClone, applyDiscard, applyUserChange, existing, refuseReserved, revoke } from './users.ts';

export interface RedisDatabaseOptions extends SessionOptions {
  /** @default the system's, with pauses up to the deadline */
  readonly clock?: Clock;
  /** How long a worker that died holds others up. @default 30 s */
  readonly lockMs?: number;
}

export const redisDatabase = (options: RedisDatabaseOptions): Database => {
  const { clock = systemClock(options.deadline), commandTimeoutMs: waitMs = 10_000, lockMs } = options;

  /** Changes `username` under its lock, if that is still wanted. */
  const change = <Result>(
    address: DatabaseAddress,
    admin: Credential,
    username: string,
    confirm: Confirm,
    work: (users: UserStore, session: Session) => Promise<Result>,
  ): Promise<Result | 'withdrawn'> =>
    withSession(address, admin, options, async (session) => {
      const server = await examineServer(session);
      const lock = { clock, waitMs, ...(lockMs !== undefined && { lockMs }) };
      return withUserLock(session, username, lock, async (fence) => {
        if (!(await confirm())) return 'withdrawn';
        return work(new UserStore(session, server, fence), session);
      });
    });

  const changeAsAdmin = async <Result>(
    address: DatabaseAddress,
    admin: Admin,
    usernames: readonly [changed: string, ...others: string[]],
    confirm: Confirm,
    work: (users: UserStore, session: Session) => Promise<Result>,
  ): Promise<Result | 'withdrawn'> => {
    const credential = loginOf(admin);
    for (const username of usernames) refuseReserved(username, credential.username);
    return change(address, credential, usernames[0], confirm, work);
  };

  return {
    engine: 'redis',
    login: (address, credential) => redisLogin(address, credential, options),
    changeOwnPassword: (address, credential, password, confirm) =>
      change(address, credential, credential.username, confirm, async (users) => {
        const { username } = credential;
        const user = existing(await users.find(username), username);
        await users.change(setPasswords(username, [hashOf(password)]), username, user);
        return 'changed' as const;
      }),
    changeUser: (address, admin, wanted, confirm) =>
      changeAsAdmin(address, admin, [wanted.username], confirm, (users) => applyUserChange(users, wanted)),
    cloneUser: (address, admin, clone, confirm) =>
      changeAsAdmin(address, admin, [clone.to, clone.from], confirm, (users) => applyClone(users, clone)),
    discardPassword: (address, admin, discard, confirm) =>
      changeAsAdmin(address, admin, [discard.username], confirm, (users) => applyDiscard(users, discard)),
    revokeUser: (address, admin, revocation, confirm) =>
      changeAsAdmin(address, admin, [revocation.username], confirm, (users, session) =>
        revoke(users, session, revocation, clock),
      ),
    inspectUser: (address, admin, credential) =>
      withSession(address, loginOf(admin), options, (session) => inspect(session, credential)),
    checkAdmin: (address, admin, task) => {
      const credential = loginOf(admin);
      return withSession(address, credential, options, async (session) => {
        const server = await examineServer(session);
        await checkPermissions(session, server, credential.username, task);
        if (task.strategy !== 'admin') refuseReserved(task.username, credential.username);
        const user = existing(await readUser(session, task.username), task.username);
        const twin = task.twin === undefined ? undefined : await readUser(session, task.twin);
        refuseDisabled(user);
        refuseDisabled(twin);
        const others = twin ? [twin] : [];
        return [
          ...surplusPasswords(user.name, user.hashes.length, task.retains === true ? 2 : 1),
          ...others.flatMap(({ name, hashes }) => surplusPasswords(name, hashes.length, 1)),
          ...others.flatMap((other) => lostRules(other, user.rules)).map(revokedNotice),
        ];
      });
    },
  };
};

const revokedNotice = ({ username, privilege, object }: RevokedRight): Notice => ({
  code: 'right-revoked',
  message: `The rotation will take ${privilege} (${object}) from "${username}", since the other user does not have it: give it to that user if it is needed`,
});
