/** Brings the grants of a user to exactly what the catalog says: what lacks is granted, what is too much is revoked. */
import { escapeIdentifier } from 'pg';
import type { Grants, SchemaPrivilege } from '../../../lib/contract/index.ts';
import type { RevokedRight } from '../port.ts';
import { EngineError } from '../errors.ts';
import { createsIn, migrationUsersQuery, openToOthers } from './migration-users.ts';
import { revokeExcess } from './excess-grants.ts';
import { isHalfMeasure, refuseHalfMeasures } from './half-measures.ts';
import { schemaPrivileges, sequencePrivileges, tablePrivileges } from './grant-levels.ts';
import { providersSuperusers } from './rights/privileges.ts';
import type { Trial } from './rights/trial.ts';
import type { Session } from './session/session.ts';

/**
 * Works on schemas, tables, views and sequences, and on those to come (default privileges of everyone who owns something
 * in the schema and that the admin may act for). Objects that the user owns are left alone. The admin must act as
 * `migrationUsers`, and as this user if it becomes one.
 *
 * @returns what was revoked.
 * @throws EngineError `schema-missing`; DatabaseError `database-privilege` if the admin may not grant or revoke.
 */
export const reconcileGrants = async (
  session: Session,
  username: string,
  { dbname, grants, trial }: { readonly dbname: string; readonly grants: Grants; readonly trial?: Trial },
): Promise<readonly RevokedRight[]> => {
  const warned = session.warnings.length;
  await refuseMissingSchemas(session, dbname, grants);
  await grantConnect(session, username, dbname);
  const byName = { left: relationsByName };
  for (const [schema, privilege] of Object.entries(grants)) {
    await grantMissing(session, username, { schema, privilege, byName });
    await grantDefaults(session, username, schema, privilege);
    if (privilege === 'migrate') await openToOthers(session, username, schema);
  }
  const revoked = await revokeExcess(session, username, grants, trial);
  refuseHalfMeasures(session.warnings.slice(warned), username);
  return revoked;
};

/** @throws EngineError `schema-missing`. */
export const refuseMissingSchemas = async (session: Session, dbname: string, grants: Grants): Promise<void> => {
  const rows = await session.query<{ nspname: string }>('SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)', [
    Object.keys(grants),
  ]);
  const present = new Set(rows.map(({ nspname }) => nspname));
  const missing = Object.keys(grants).filter((schema) => !present.has(schema));
  if (missing.length > 0) {
    throw new EngineError(
      'schema-missing',
      `The grants name the schema ${missing.map((schema) => `"${schema}"`).join(', ')}, which database "${dbname}" does not have: create it, or take it out of the catalog`,
      { retryable: false },
    );
  }
};

const grantConnect = async (session: Session, username: string, dbname: string): Promise<void> => {
  const [row] = await session.query<{ connect: boolean }>(
    "SELECT has_database_privilege($1, current_database(), 'CONNECT') AS connect",
    [username],
  );
  if (row?.connect) return;
  await session.query(`GRANT CONNECT ON DATABASE ${escapeIdentifier(dbname)} TO ${escapeIdentifier(username)}`);
};

/** What an extension or the provider's superuser owns is passed over where this admin may not grant on it. */
const lackingQuery = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'S' AS sequence
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
   WHERE n.nspname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
     AND EXISTS (SELECT FROM unnest(CASE c.relkind WHEN 'S' THEN $4::text[] ELSE $3::text[] END) wanted
                  WHERE CASE c.relkind WHEN 'S' THEN has_sequence_privilege($1, c.oid, wanted)
                                       ELSE has_table_privilege($1, c.oid, wanted) END IS NOT TRUE)
     AND NOT ((o.rolname IN ${providersSuperusers}
               OR EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))
              AND NOT pg_has_role(current_user, o.oid, 'USAGE')
              AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) mine
                               WHERE mine.is_grantable AND pg_has_role(current_user, mine.grantee, 'USAGE')))`;

interface Lacking {
  readonly name: string;
  readonly sequence: boolean;
}

/** So many relations in one statement. */
const relationsAtOnce = 100;
/** So many are granted on by name in one transaction, in all schemas together. */
const relationsByName = 500;
/** A table can be replaced while we look: the new one is another object, without the grant. */
const looks = 3;

interface Wanted {
  readonly schema: string;
  readonly privilege: SchemaPrivilege;
  readonly byName: { left: number };
}

const grantMissing = async (session: Session, username: string, { schema, privilege, byName }: Wanted) => {
  const [row] = await session.query<{ usage: boolean; create: boolean }>(
    `SELECT has_schema_privilege($1, n.oid, 'USAGE') AS usage, ${createsIn('n', 'r')} AS create
       FROM pg_namespace n, pg_roles r WHERE n.nspname = $2 AND r.rolname = $1`,
    [username, schema],
  );
  const to = `TO ${escapeIdentifier(username)}`;
  const held = [...(row?.usage ? ['USAGE'] : []), ...(row?.create ? ['CREATE'] : [])];
  const missing = schemaPrivileges[privilege].filter((name) => !held.includes(name));
  if (missing.length > 0) {
    await session.run([`GRANT ${missing.join(', ')} ON SCHEMA ${escapeIdentifier(schema)} ${to}`]);
  }
  for (let look = 1; ; look++) {
    const lacking = await session.query<Lacking>(lackingQuery, [
      username,
      schema,
      tablePrivileges[privilege],
      sequencePrivileges[privilege],
    ]);
    if (lacking.length === 0) return;
    // If the server only warned, the caller reports it.
    if (look > looks || session.warnings.some(({ code }) => isHalfMeasure(code))) return;
    const sequences = lacking.filter(({ sequence }) => sequence);
    const tables = lacking.filter(({ sequence }) => !sequence);
    await session.run([
      ...grantsOn('TABLE', tables, { schema, byName, privileges: tablePrivileges[privilege], to }),
      ...grantsOn('SEQUENCE', sequences, { schema, byName, privileges: sequencePrivileges[privilege], to }),
    ]);
  }
};

/**
 * By name each relation is locked until the end, and thousands do not fit into the server's table of locks. All of a
 * schema takes no locks; it is refused where the admin may not grant on one of them.
 */
const grantsOn = (
  kind: 'TABLE' | 'SEQUENCE',
  relations: readonly Lacking[],
  {
    schema,
    byName,
    privileges,
    to,
  }: Pick<Wanted, 'schema' | 'byName'> & { readonly privileges: readonly string[]; readonly to: string },
): readonly string[] => {
  const statements: string[] = [];
  if (relations.length > byName.left) {
    return [`GRANT ${privileges.join(', ')} ON ALL ${kind}S IN SCHEMA ${escapeIdentifier(schema)} ${to}`];
  }
  byName.left -= relations.length;
  for (let start = 0; start < relations.length; start += relationsAtOnce) {
    const some = relations.slice(start, start + relationsAtOnce).map(({ name }) => name);
    statements.push(`GRANT ${privileges.join(', ')} ON ${kind} ${some.join(', ')} ${to}`);
  }
  return statements;
};

/**
 * Future tables belong to the user that creates them: the admin, the schema's owner, every owner of tables in it today, and
 * users of migrations.
 */
const creatorsQuery = `
  SELECT DISTINCT r.rolname AS creator
    FROM pg_roles r
   WHERE r.rolname <> $1 AND r.rolname !~ '^pg_' AND pg_has_role(current_user, r.oid, 'USAGE')
     AND (r.rolname = current_user
       OR r.oid = (SELECT nspowner FROM pg_namespace WHERE nspname = $2)
       OR r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
       OR EXISTS (SELECT FROM (${migrationUsersQuery}) m WHERE m.name = r.rolname AND m.schema = $2)
       OR r.oid IN (SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE n.nspname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')))
   ORDER BY creator`;

const grantDefaults = async (session: Session, username: string, schema: string, privilege: SchemaPrivilege) => {
  const existing = await session.query<{ creator: string; type: string; privilege: string }>(
    `SELECT r.rolname AS creator, d.defaclobjtype AS type, a.privilege_type AS privilege
       FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace JOIN pg_roles r ON r.oid = d.defaclrole,
            aclexplode(d.defaclacl) a
      WHERE n.nspname = $2 AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = $1)`,
    [username, schema],
  );
  const creators = await session.query<{ creator: string }>(creatorsQuery, [username, schema]);
  for (const { creator } of creators) {
    const lacks = (type: string, wanted: readonly string[]) =>
      wanted.some((name) => !existing.some((e) => e.creator === creator && e.type === type && e.privilege === name));
    const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(creator)} IN SCHEMA ${escapeIdentifier(schema)}`;
    const to = `TO ${escapeIdentifier(username)}`;
    const tables = tablePrivileges[privilege];
    const sequences = sequencePrivileges[privilege];
    if (lacks('r', tables)) await session.query(`${alter} GRANT ${tables.join(', ')} ON TABLES ${to}`);
    if (lacks('S', sequences)) await session.query(`${alter} GRANT ${sequences.join(', ')} ON SEQUENCES ${to}`);
  }
};
