/** The role that owns what two users make who take turns: it can't log in, and both are its members. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import { alternateSuffix } from '../../../lib/contract/index.ts';
import { EngineError } from '../errors.ts';
import { futureObjects } from './rights/default-privileges.ts';
import type { Circle } from './rights/right.ts';
import { explicitMembership, missingPrivilege, type Role, type Roles } from './session/roles.ts';
import type { Session } from './session/session.ts';

/** Longer names are cut by the server, with a notice: two users could become one. */
export const nameLimitBytes = 63;

/** The user in the catalog, of either of the two. */
export const baseOf = (username: string): string =>
  username.endsWith(alternateSuffix) ? username.slice(0, -alternateSuffix.length) : username;

export const ownerOf = (username: string): string => `${baseOf(username)}_owner`;

/** By this comment a role is known as ours. */
export const ownerComment = (username: string): string =>
  `Strongroom: owns what "${baseOf(username)}" and "${baseOf(username)}${alternateSuffix}" make`;

/** The owner role of a user, if there is one. @throws EngineError `strategy-impossible` if that name is somebody else's. */
export const findOwner = (roles: Roles, username: string): Role | undefined => {
  const role = roles.get(ownerOf(username));
  if (!role) return undefined;
  const usable = !role.login && !role.superuser && !role.createsRoles && !role.replicates && !role.includesAdmin;
  if (usable && role.comment === ownerComment(username)) return role;
  throw new EngineError(
    'strategy-impossible',
    `Role "${role.name}" exists and is not Strongroom's: both users would become its members, and own what it owns. Rename it; or, if that is what you want, make it one that can't log in and mark it: COMMENT ON ROLE ${escapeIdentifier(role.name)} IS ${escapeLiteral(ownerComment(username))}`,
    { retryable: false },
  );
};

export const createOwner = async (session: Session, username: string): Promise<void> => {
  const owner = escapeIdentifier(ownerOf(username));
  await session.run([
    `CREATE ROLE ${owner} NOLOGIN`,
    `COMMENT ON ROLE ${owner} IS ${escapeLiteral(ownerComment(username))}`,
  ]);
};

/** Makes the users members of their owner role, and its own what they make from now on. The admin must act as all three. */
export const joinOwner = async (session: Session, { from, to, owner, version }: Circle): Promise<void> => {
  const members = await session.query<{ name: string; member: boolean; inherits: boolean }>(
    `SELECT rolname AS name, pg_has_role(oid, $2, 'USAGE') AS member, rolinherit AS inherits
       FROM pg_roles WHERE rolname = ANY($1)`,
    [[from, to], owner],
  );
  const options = version >= explicitMembership ? ' WITH INHERIT TRUE, SET TRUE' : '';
  for (const { name, member, inherits } of members) {
    if (version < explicitMembership && !inherits) {
      throw new EngineError(
        'strategy-impossible',
        `User "${name}" is NOINHERIT: before PostgreSQL 16 it could not use what it and its equal own together; ALTER ROLE ${escapeIdentifier(name)} INHERIT, or use single-user`,
        { retryable: false },
      );
    }
    if (!member) await session.run([`GRANT ${escapeIdentifier(owner)} TO ${escapeIdentifier(name)}${options}`]);
  }
  const future = futureObjects(version).map((objects) => `GRANT ALL ON ${objects} TO ${escapeIdentifier(owner)}`);
  const creators = members.map(({ name }) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(name)}`);
  await session.run(creators.flatMap((creator) => future.map((grant) => `${creator} ${grant}`)));
};

/** @throws DatabaseError `database-privilege` if a role has to do with other databases, which this session can't reach. */
export const refuseElsewhere = async (session: Session, names: readonly string[], doing: string): Promise<void> => {
  const [row] = await session.query<{ name: string; databases: string[] }>(
    `SELECT r.rolname AS name, array_agg(DISTINCT b.datname::text) AS databases
       FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid JOIN pg_database b ON b.oid = d.dbid
      WHERE d.refclassid = 'pg_authid'::regclass AND r.rolname = ANY($1) AND b.datname <> current_database()
      GROUP BY r.rolname ORDER BY r.rolname`,
    [names],
  );
  if (!row) return;
  const databases = row.databases.map((name) => `"${name}"`).join(', ');
  const [here] = await session.query<{ name: string }>('SELECT current_database()::text AS name');
  throw missingPrivilege(
    `Could not ${doing}: "${row.name}" owns things, or has privileges on things, in database ${databases}, and this rotation works in "${here?.name ?? ''}" only. Nothing was changed. If the application uses ${databases}, write that name as dbname in the catalog, or in the value; if it uses several databases, give it one user for each. Delete nothing because of this message`,
  );
};

/**
 * A subscription applies changes as its owner, who must be able to log in: the owner role never can, and each user can't
 * between its turns.
 *
 * @throws DatabaseError `database-privilege`.
 */
export const refuseSubscriptions = async (session: Session, names: readonly string[]): Promise<void> => {
  const [row] = await session.query<{ subscription: string; owner: string; dbname: string }>(
    `SELECT s.subname::text AS subscription, r.rolname::text AS owner, d.datname::text AS dbname
       FROM pg_subscription s JOIN pg_roles r ON r.oid = s.subowner JOIN pg_database d ON d.oid = s.subdbid
      WHERE r.rolname = ANY($1) ORDER BY 1`,
    [names],
  );
  if (!row) return;
  const name = escapeIdentifier(row.subscription);
  throw missingPrivilege(
    `Subscription ${name} in database "${row.dbname}" belongs to "${row.owner}". A subscription stops if its owner can't log in. That is so for the role that owns for two users, and for each of the two between its turns. Nothing was changed. Let it belong to a user of its own that may write to its tables (ALTER SUBSCRIPTION ${name} OWNER TO …), or use single-user`,
  );
};
