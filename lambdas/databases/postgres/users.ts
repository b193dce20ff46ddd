/** What an admin does to a user, inside one transaction. */
import type { Grants } from '../../../lib/contract/index.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { RevokedRight, UserChange, UserChanged } from '../port.ts';
import { EngineError } from '../errors.ts';
import { actingAs } from './act-as.ts';
import { revokeInLots } from './excess-grants.ts';
import { reconcileGrants, refuseMissingSchemas } from './grants.ts';
import { refuseDisabled, unblocking } from './containment.ts';
import { lockGrants } from './lock.ts';
import { migrationUsers } from './migration-users.ts';
import { createUser, setPassword } from './passwords.ts';
import type { Trial } from './rights/trial.ts';
import { lookUpRoles, refuseUntouchable, type Role, type Roles } from './session/roles.ts';
import type { Session } from './session/session.ts';

/**
 * Creates or changes the user. The session must be in a transaction and hold the user's lock.
 *
 * @throws EngineError `user-missing`, `user-reserved`, `schema-missing`; DatabaseError `database-privilege`.
 */
export const applyUserChange = async (
  session: Session,
  dbname: string,
  { username, password, resetPassword, grants, keep }: UserChange,
  trial?: Trial,
): Promise<{ readonly outcome: Exclude<UserChanged, 'withdrawn'>; readonly revoked: readonly RevokedRight[] }> => {
  if (keep !== undefined) {
    throw new EngineError(
      'strategy-impossible',
      'A PostgreSQL user has one password: write "alternating-users" or "single-user" instead of "dual-password"',
      { retryable: false },
    );
  }
  if (grants) await lockGrants(session);
  const roles = await lookUpRoles(session, [username]);
  const role = refuseUnfit(roles, username);
  if (!role && !grants) {
    throw new EngineError(
      'user-missing',
      `User "${username}" does not exist: create it, or declare "provision" in the catalog`,
      { retryable: false },
    );
  }
  if (!role) await createUser(session, username, password);
  // The user may have been blocked when its turn was over.
  else if (resetPassword) await setPassword(session, username, password, unblocking(role));
  const revoked = grants ? await reconcile(session, roles, { username, dbname, grants, ...(trial && { trial }) }) : [];
  return { outcome: !role ? 'created' : resetPassword ? 'reset' : 'unchanged', revoked };
};

const reconcile = async (
  session: Session,
  roles: Roles,
  {
    username,
    dbname,
    grants,
    trial,
  }: { readonly username: string; readonly dbname: string; readonly grants: Grants; readonly trial?: Trial },
): Promise<readonly RevokedRight[]> => {
  const others = await migrationUsers(session);
  const itself = Object.values(grants).includes('migrate') ? [username] : [];
  return actingAs(session, roles, [...new Set([...others, ...itself])], () =>
    reconcileGrants(session, username, { dbname, grants, ...(trial && { trial }) }),
  );
};

/** Takes what is too much before the change, where that is too much for one transaction. The session must hold the user's lock. */
export const prepareUserChange = async (
  session: Session,
  dbname: string,
  { username, grants }: { readonly username: string; readonly grants: Grants },
  deadline: Deadline,
): Promise<readonly RevokedRight[]> => {
  if (!refuseUnfit(await lookUpRoles(session, [username]), username)) return [];
  await refuseMissingSchemas(session, dbname, grants);
  return revokeInLots(session, username, grants, deadline);
};

const refuseUnfit = (roles: Roles, username: string): Role | undefined => {
  const role = roles.get(username);
  if (role) {
    refuseUntouchable(roles, role);
    refuseDisabled(role);
  }
  return role;
};
