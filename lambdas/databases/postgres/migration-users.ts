/** Users who make tables in a schema that others have grants on, and what they give those others by default. */
import { escapeIdentifier } from 'pg';
import { alternateSuffix } from '../../../lib/contract/index.ts';
import { baseOf, ownerOf } from './ownership.ts';
import { explicitMembership } from './session/roles.ts';
import type { Session } from './session/session.ts';

/** Whether a role owns a schema, or was granted CREATE on it itself: what PUBLIC has makes nobody a user of migrations. */
export const createsIn = (schema: string, role: string): string =>
  `(${schema}.nspowner = ${role}.oid OR EXISTS (
      SELECT FROM aclexplode(${schema}.nspacl) own WHERE own.grantee = ${role}.oid AND own.privilege_type = 'CREATE'))`;

/**
 * Who makes tables in a schema, and has grants there from this admin: only the admin can set its own default privileges,
 * so nobody else can become one. Without those that the admin may not change.
 */
export const migrationUsersQuery = `
  SELECT DISTINCT r.rolname AS name, n.nspname AS schema
    FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace,
         aclexplode(d.defaclacl) a JOIN pg_roles r ON r.oid = a.grantee
   WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND d.defaclobjtype = 'r'
     AND (${createsIn('n', 'r')}
       OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relowner = r.oid))
     AND NOT r.rolsuper AND NOT r.rolcreaterole AND NOT r.rolreplication
     AND NOT pg_has_role(r.oid, current_user, 'MEMBER')
     AND (current_setting('server_version_num')::int < ${explicitMembership}
       OR pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION'))`;

/** In all schemas: a user can hold grants on what they made in schemas that the catalog no longer names. */
export const migrationUsers = async (session: Session): Promise<readonly string[]> => {
  const rows = await session.query<{ name: string }>(
    `SELECT DISTINCT m.name FROM (${migrationUsersQuery}) m ORDER BY m.name`,
  );
  return rows.map(({ name }) => name);
};

/** What the admin gives to others on its own tables to come, and this user does not yet. */
const lackingQuery = `
  SELECT c.rolname AS creator, g.rolname AS grantee, d.defaclobjtype AS type,
         array_agg(DISTINCT a.privilege_type::text) AS privileges
    FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace
         CROSS JOIN aclexplode(d.defaclacl) a JOIN pg_roles g ON g.oid = a.grantee
         CROSS JOIN pg_roles c
   WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND n.nspname = $2
     AND d.defaclobjtype IN ('r', 'S') AND c.rolname = ANY($1) AND g.rolname <> ALL($1)
     AND ${createsIn('n', 'c')} AND pg_has_role(current_user, c.oid, 'USAGE')
     AND NOT EXISTS (
           SELECT FROM pg_default_acl o CROSS JOIN aclexplode(o.defaclacl) p
            WHERE o.defaclrole = c.oid AND o.defaclnamespace = n.oid AND o.defaclobjtype = d.defaclobjtype
              AND p.grantee = a.grantee AND p.privilege_type = a.privilege_type)
   GROUP BY c.rolname, g.rolname, d.defaclobjtype
   ORDER BY c.rolname, g.rolname, d.defaclobjtype`;

interface Lacking {
  readonly creator: string;
  readonly grantee: string;
  readonly type: 'r' | 'S';
  readonly privileges: readonly string[];
}

/**
 * Opens what the user, its equal and their owner role will make in the schema to everyone who has grants there. The other
 * users' own rotations do the same for users of migrations, so the order of the two does not matter.
 */
export const openToOthers = async (session: Session, username: string, schema: string): Promise<void> => {
  const base = baseOf(username);
  const circle = [base, `${base}${alternateSuffix}`, ownerOf(username)];
  const lacking = await session.query<Lacking>(lackingQuery, [circle, schema]);
  await session.run(
    lacking.map(
      ({ creator, grantee, type, privileges }) =>
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(creator)} IN SCHEMA ${escapeIdentifier(schema)} ` +
        `GRANT ${privileges.join(', ')} ON ${type === 'r' ? 'TABLES' : 'SEQUENCES'} TO ${escapeIdentifier(grantee)}`,
    ),
  );
};
