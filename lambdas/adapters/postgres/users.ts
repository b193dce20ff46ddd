/** What an admin does to a user, inside one transaction. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { UserChange, UserChanged } from '../../rotation/ports.ts';
import { DatabaseError, RotationError } from '../../rotation/rotation-error.ts';
import { reconcileGrants } from './grants.ts';
import { scramVerifier } from './scram-verifier.ts';
import type { Session } from './session.ts';

/** Creates or changes the user. The session must be in a transaction and hold the user's lock. */
export const applyUserChange = async (
  session: Session,
  dbname: string,
  { username, password, resetPassword, grants }: UserChange,
): Promise<UserChanged> => {
  const exists = await checkUser(session, { username, ...(grants && { grants }) });
  const verifier = escapeLiteral(await scramVerifier(password));
  if (!exists) {
    await session.query(`CREATE ROLE ${escapeIdentifier(username)} LOGIN PASSWORD ${verifier}`);
  } else if (resetPassword) {
    await session.query(`ALTER ROLE ${escapeIdentifier(username)} PASSWORD ${verifier}`);
  }
  if (grants) await reconcileGrants(session, username, dbname, grants);
  if (!exists) return 'created';
  return resetPassword ? 'reset' : 'unchanged';
};

interface Role {
  readonly rolname: string;
  readonly rolsuper: boolean;
  readonly rolcreaterole: boolean;
  readonly rolreplication: boolean;
}

/**
 * Looks the admin and the user up and refuses what should not or can not be done.
 *
 * @returns whether the user exists.
 * @throws DatabaseError `database-privilege`; RotationError `user-missing`, `user-reserved`.
 */
export const checkUser = async (
  session: Session,
  { username, grants }: Pick<UserChange, 'username' | 'grants'>,
): Promise<boolean> => {
  const roles = await session.query<Role & { readonly self: boolean }>(
    'SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolname = current_user AS self FROM pg_roles WHERE rolname IN ($1, current_user)',
    [username],
  );
  const admin = roles.find(({ self }) => self);
  const user = roles.find(({ rolname }) => rolname === username);
  if (!admin?.rolsuper && !admin?.rolcreaterole) {
    throw new DatabaseError(
      'privilege',
      `The admin "${admin?.rolname ?? '?'}" may not create or change users: give it CREATEROLE`,
      { retryable: false },
    );
  }
  if (user && (user.self || user.rolsuper || user.rolcreaterole || user.rolreplication)) {
    const what = user.self ? 'the admin itself' : 'a superuser, or one who may create roles or replicate';
    throw new RotationError('user-reserved', `User "${username}" is ${what}: name an application's own user`, {
      retryable: false,
    });
  }
  if (!user && !grants) {
    throw new RotationError(
      'user-missing',
      `User "${username}" does not exist: create it, or declare "provision" in the catalog`,
      { retryable: false },
    );
  }
  return user !== undefined;
};
