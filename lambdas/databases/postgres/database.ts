/** PostgreSQL behind the `Database` port. */
import { loginOf } from '../login-of.ts';
import type { Database, RevokedRight } from '../port.ts';
import { prepareClone, settle } from './batches.ts';
import { applyClone } from './clone.ts';
import { revokesMuch } from './excess-grants.ts';
import { inspect } from './inspect.ts';
import { refuseByHostRules } from './host-rules.ts';
import { lockUsersForSession, lockUsers } from './lock.ts';
import { setPassword } from './passwords.ts';
import { rehearse } from './rehearse.ts';
import { applyRevocation } from './revoke.ts';
import { withSession, type SessionOptions } from './session/session.ts';
import { applyUserChange, prepareUserChange } from './users.ts';

export const postgresDatabase = (options: SessionOptions): Database => ({
  engine: 'postgres',
  login: (address, credential) =>
    // The statement with which every session begins is the cheap question.
    withSession(address, credential, options, () => Promise.resolve()),
  changeOwnPassword: (address, credential, password, confirm) =>
    withSession(address, credential, options, (session) =>
      session.transaction(async () => {
        if (!(await lockUsers(session, [credential.username], confirm))) return 'withdrawn';
        await setPassword(session, credential.username, password);
        return 'changed';
      }),
    ),
  changeUser: (address, admin, change, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      const { username, grants } = change;
      const before: RevokedRight[] = [];
      if (grants && (await revokesMuch(session, username, grants))) {
        if (!(await lockUsersForSession(session, [username], confirm))) return 'withdrawn';
        before.push(...(await prepareUserChange(session, address.dbname, { username, grants }, options.deadline)));
      }
      const changed = await session.transaction(async () => {
        if (!(await lockUsers(session, [username], confirm))) return withdrawn;
        const applied = await applyUserChange(session, address.dbname, change);
        await refuseByHostRules(session, username);
        return applied;
      });
      tell([...before, ...changed.revoked], change.onRevoked);
      return changed.outcome;
    }),
  checkAdmin: (address, admin, task) =>
    withSession(address, loginOf(admin), options, (session) => rehearse(session, address.dbname, task)),
  inspectUser: (address, admin, credential) =>
    withSession(address, loginOf(admin), options, (session) => inspect(session, credential)),
  cloneUser: (address, admin, clone, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      const users = [clone.from, clone.to];
      const before = await prepareClone(session, address.dbname, clone, {
        deadline: options.deadline,
        lock: () => lockUsersForSession(session, users, confirm),
      });
      if (before === 'withdrawn') return 'withdrawn';
      const cloned = await session.transaction(async () => {
        if (!(await lockUsers(session, users, confirm))) return withdrawn;
        const applied = await applyClone(session, address.dbname, clone);
        // A line can name the second user, or a role that it now is a member of.
        await refuseByHostRules(session, clone.to);
        return applied;
      });
      tell([...before.revoked, ...cloned.revoked], clone.onRevoked);
      return before.created && cloned.outcome === 'reset' ? 'created' : cloned.outcome;
    }),
  settleOwnership: (address, admin, { users }, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      if (!(await lockUsersForSession(session, users, confirm))) return 'withdrawn';
      return settle(session, users, options.deadline);
    }),
  revokeUser: (address, admin, revocation, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      if (!(await lockUsersForSession(session, [revocation.username], confirm))) return 'withdrawn';
      return applyRevocation(session, revocation, options.deadline);
    }),
});

const withdrawn = { outcome: 'withdrawn', revoked: [] } as const;

const tell = (revoked: readonly RevokedRight[], onRevoked: ((right: RevokedRight) => void) | undefined): void => {
  for (const right of revoked) onRevoked?.(right);
};
