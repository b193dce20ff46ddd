/** What an admin must be allowed to do, and what nobody else may. */
import { DatabaseError } from '../errors.ts';
import { userDatabase, type Session } from './session.ts';

export interface Privilege {
  readonly resource: {
    readonly db?: string;
    readonly collection?: string;
    readonly cluster?: boolean;
    readonly anyResource?: boolean;
  };
  readonly actions: readonly string[];
}

/** A database, one of its collections, or all servers together. */
export type Place = { readonly db: string; readonly collection?: string } | { readonly cluster: true };

export interface Requirement {
  /** One of these is enough. */
  readonly actions: readonly string[];
  readonly on: Place;
  /** What it is needed for: `change passwords`. */
  readonly for: string;
  /** A built-in role that has it. */
  readonly role: string;
}

/** With any of these, on the users' database, somebody can become anybody. */
const rulingActions = ['createUser', 'grantRole', 'changePassword'];

export const rulesUsers = (privileges: readonly Privilege[]): boolean =>
  rulingActions.some((action) => allows(privileges, [action], { db: userDatabase }));

/**
 * A server that does not list privileges is not asked further: it answers for itself when the change comes.
 *
 * @throws DatabaseError `database-privilege`, naming what lacks.
 */
export const requirePrivileges = async (session: Session, required: readonly Requirement[]): Promise<void> => {
  const { authInfo } = (await session.query({ connectionStatus: 1, showPrivileges: true })) as {
    readonly authInfo: {
      readonly authenticatedUserRoles?: readonly { readonly role: string; readonly db: string }[];
      readonly authenticatedUserPrivileges?: readonly Privilege[];
    };
  };
  const { authenticatedUserRoles: roles = [], authenticatedUserPrivileges: privileges } = authInfo;
  if (privileges === undefined || roles.some(({ role, db }) => role === 'root' && db === userDatabase)) return;
  for (const { actions, on, for: purpose, role } of required) {
    if (allows(privileges, actions, on)) continue;
    const where =
      'cluster' in on ? 'the cluster' : `"${on.db}${on.collection === undefined ? '' : `.${on.collection}`}"`;
    throw new DatabaseError(
      'privilege',
      `The admin "${session.username}" may not ${purpose}: grant it the action ${actions[0] ?? ''} on ${where}, which the role ${role} has`,
      { retryable: false },
    );
  }
};

const allows = (privileges: readonly Privilege[], actions: readonly string[], on: Place): boolean =>
  privileges.some(
    ({ resource, actions: granted }) =>
      covers(resource, on) && granted.some((action) => action === 'anyAction' || actions.includes(action)),
  );

/** An empty name stands for every database or collection. */
const covers = (resource: Privilege['resource'], on: Place): boolean => {
  if (resource.anyResource === true) return true;
  if ('cluster' in on) return resource.cluster === true;
  const { db, collection = '' } = resource;
  return db !== undefined && (db === '' || db === on.db) && (collection === '' || collection === (on.collection ?? ''));
};
