/** Looks roles up, and refuses those that are not an application's, and those that the admin may not change. */
import { DatabaseError, EngineError } from '../../errors.ts';
import type { Session } from './session.ts';

export interface Role {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly createsRoles: boolean;
  readonly replicates: boolean;
  readonly inherits: boolean;
  /** It is the admin. */
  readonly self: boolean;
  /** It may do what the admin may. */
  readonly includesAdmin: boolean;
  /** The admin has ADMIN OPTION for it, without which PostgreSQL 16 and later let nobody but a superuser change it. */
  readonly administered: boolean;
  readonly comment: string | null;
  /** `infinity` where it does not end. */
  readonly validUntil: string;
  readonly expired: boolean;
  /** -1: none. */
  readonly connectionLimit: number;
}

export interface Roles {
  readonly admin: Role;
  readonly get: (name: string) => Role | undefined;
  /** `server_version_num`: 150012 is 15.12. */
  readonly version: number;
}

/** The admin, and the roles that are asked for. */
export const rolesQuery = `
  SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolsuper AS superuser, r.rolcreaterole AS "createsRoles",
         r.rolreplication AS replicates, r.rolinherit AS inherits, r.rolname = current_user AS self,
         pg_has_role(r.rolname, current_user, 'MEMBER') AS "includesAdmin",
         pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION') AS administered,
         shobj_description(r.oid, 'pg_authid') AS comment,
         coalesce(r.rolvaliduntil, 'infinity')::text AS "validUntil", coalesce(r.rolvaliduntil < now(), false) AS expired,
         r.rolconnlimit AS "connectionLimit",
         current_setting('server_version_num')::int AS version
    FROM pg_roles r WHERE r.rolname = current_user OR r.rolname = ANY($1)`;

/** @throws DatabaseError `database-privilege` if the admin may not change users at all. */
export const lookUpRoles = async (session: Session, names: readonly string[]): Promise<Roles> => {
  const rows = await session.query<Role & { readonly version: number }>(rolesQuery, [names]);
  const admin = rows.find(({ self }) => self);
  if (!admin?.superuser && !admin?.createsRoles) {
    throw missingPrivilege(`The admin "${admin?.name ?? '?'}" may not create or change users: give it CREATEROLE`);
  }
  return { admin, get: (name) => rows.find((row) => row.name === name), version: admin.version };
};

/**
 * @throws EngineError `user-reserved` if the role is not an application's; DatabaseError `database-privilege` if the
 * admin may not change it.
 */
export const refuseUntouchable = ({ admin, version }: Roles, role: Role): void => {
  if (role.self || role.superuser || role.createsRoles || role.replicates || role.includesAdmin) {
    const what = role.self
      ? 'the admin itself'
      : 'a superuser, a member of the admin, or one who may create roles or replicate';
    throw new EngineError('user-reserved', `User "${role.name}" is ${what}: name an application's own user`, {
      retryable: false,
    });
  }
  if (version >= explicitMembership && !admin.superuser && !role.administered) {
    throw missingPrivilege(
      `The admin "${admin.name}" may not change user "${role.name}": it needs ADMIN OPTION for it (GRANT "${role.name}" TO "${admin.name}" WITH ADMIN OPTION)`,
    );
  }
};

/** From this version on, CREATEROLE reaches only roles for which one has ADMIN OPTION, and memberships say INHERIT and SET. */
export const explicitMembership = 160000;

export const missingPrivilege = (message: string, cause?: unknown): DatabaseError =>
  new DatabaseError('privilege', message, { retryable: false, cause });
