/** Brings the grants of a user to exactly what the catalog says: what lacks is granted, what is too much is revoked. */
import { escapeIdentifier } from 'pg';
import type { Grants, SchemaPrivilege } from '../../../lib/contract/index.ts';
import { DatabaseError, RotationError } from '../../rotation/rotation-error.ts';
import type { Session } from './session.ts';

const tablePrivileges: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['SELECT'],
  'read-write': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
};
const sequencePrivileges: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['SELECT'],
  'read-write': ['SELECT', 'USAGE'],
};

/**
 * Works on schemas, tables, views and sequences, and on those to come (default privileges of everyone who owns something
 * in the schema and whom the admin may act for). Objects that the user owns are left alone.
 *
 * @throws RotationError `schema-missing`; DatabaseError `database-privilege` where the admin may not grant or revoke.
 */
export const reconcileGrants = async (session: Session, username: string, dbname: string, grants: Grants) => {
  const warned = session.warnings.length;
  await refuseMissingSchemas(session, dbname, grants);
  await grantConnect(session, username, dbname);
  for (const [schema, privilege] of Object.entries(grants)) {
    await grantMissing(session, username, schema, privilege);
    await grantDefaults(session, username, schema, privilege);
  }
  await revokeExcess(session, username, grants);
  refuseHalfMeasures(session.warnings.slice(warned), username);
};

const refuseMissingSchemas = async (session: Session, dbname: string, grants: Grants): Promise<void> => {
  const rows = await session.query<{ nspname: string }>('SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)', [
    Object.keys(grants),
  ]);
  const present = new Set(rows.map(({ nspname }) => nspname));
  const missing = Object.keys(grants).filter((schema) => !present.has(schema));
  if (missing.length > 0) {
    throw new RotationError(
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

const grantMissing = async (session: Session, username: string, schema: string, privilege: SchemaPrivilege) => {
  const [row] = await session.query<{ schema: boolean; tables: boolean; sequences: boolean }>(
    `SELECT has_schema_privilege($1, n.oid, 'USAGE') AS schema,
            NOT EXISTS (SELECT FROM pg_class c, unnest($3::text[]) wanted
                        WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                          AND NOT has_table_privilege($1, c.oid, wanted)) AS tables,
            NOT EXISTS (SELECT FROM pg_class c, unnest($4::text[]) wanted
                        WHERE c.relnamespace = n.oid AND c.relkind = 'S'
                          AND NOT has_sequence_privilege($1, c.oid, wanted)) AS sequences
       FROM pg_namespace n WHERE n.nspname = $2`,
    [username, schema, tablePrivileges[privilege], sequencePrivileges[privilege]],
  );
  const to = `TO ${escapeIdentifier(username)}`;
  const inSchema = escapeIdentifier(schema);
  if (!row?.schema) await session.query(`GRANT USAGE ON SCHEMA ${inSchema} ${to}`);
  if (!row?.tables) {
    await session.query(`GRANT ${tablePrivileges[privilege].join(', ')} ON ALL TABLES IN SCHEMA ${inSchema} ${to}`);
  }
  if (!row?.sequences) {
    const sequences = sequencePrivileges[privilege].join(', ');
    await session.query(`GRANT ${sequences} ON ALL SEQUENCES IN SCHEMA ${inSchema} ${to}`);
  }
};

/** Tables of tomorrow belong to whoever makes them: the admin, the schema's owner, whoever owns tables in it today. */
const creatorsQuery = `
  SELECT DISTINCT r.rolname AS creator
    FROM pg_roles r
   WHERE r.rolname <> $1 AND r.rolname !~ '^pg_' AND pg_has_role(current_user, r.oid, 'USAGE')
     AND (r.rolname = current_user
       OR r.oid = (SELECT nspowner FROM pg_namespace WHERE nspname = $2)
       OR r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
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

interface Held {
  readonly kind: 'schema' | 'table' | 'sequence' | 'default-table' | 'default-sequence';
  readonly schema: string;
  /** The object; for defaults the role whose future objects they are for. */
  readonly name: string;
  readonly privilege: string;
}

/** Direct grants to the user on what it does not own. */
const heldQuery = `
  WITH grantee AS (SELECT oid FROM pg_roles WHERE rolname = $1)
  SELECT 'schema' AS kind, n.nspname AS schema, '' AS name, a.privilege_type AS privilege
    FROM pg_namespace n, aclexplode(n.nspacl) a, grantee
   WHERE a.grantee = grantee.oid AND n.nspowner <> grantee.oid
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname, a.privilege_type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a, grantee
   WHERE a.grantee = grantee.oid AND c.relowner <> grantee.oid
  UNION ALL
  SELECT CASE d.defaclobjtype WHEN 'S' THEN 'default-sequence' ELSE 'default-table' END, n.nspname, r.rolname, a.privilege_type
    FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace JOIN pg_roles r ON r.oid = d.defaclrole,
         aclexplode(d.defaclacl) a, grantee
   WHERE a.grantee = grantee.oid AND d.defaclobjtype IN ('r', 'S') AND r.rolname <> $1`;

const revokeExcess = async (session: Session, username: string, grants: Grants): Promise<void> => {
  const from = `FROM ${escapeIdentifier(username)}`;
  for (const held of await session.query<Held>(heldQuery, [username])) {
    // A schema may be called "constructor".
    const wanted = Object.hasOwn(grants, held.schema) ? grants[held.schema] : undefined;
    if (isWanted(held, wanted)) continue;
    const schema = escapeIdentifier(held.schema);
    const name = escapeIdentifier(held.name);
    const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${name} IN SCHEMA ${schema}`;
    const statements: Record<Held['kind'], string> = {
      schema: `REVOKE ${held.privilege} ON SCHEMA ${schema} ${from}`,
      table: `REVOKE ${held.privilege} ON TABLE ${schema}.${name} ${from}`,
      sequence: `REVOKE ${held.privilege} ON SEQUENCE ${schema}.${name} ${from}`,
      'default-table': `${alter} REVOKE ${held.privilege} ON TABLES ${from}`,
      'default-sequence': `${alter} REVOKE ${held.privilege} ON SEQUENCES ${from}`,
    };
    await session.query(statements[held.kind]);
  }
};

const isWanted = ({ kind, privilege }: Held, wanted: SchemaPrivilege | undefined): boolean => {
  if (wanted === undefined) return false;
  switch (kind) {
    case 'schema':
      return privilege === 'USAGE';
    case 'table':
    case 'default-table':
      return tablePrivileges[wanted].includes(privilege);
    case 'sequence':
    case 'default-sequence':
      return sequencePrivileges[wanted].includes(privilege);
  }
};

/** PostgreSQL only warns where an admin grants or revokes what it may not; the grant would silently not be there. */
const refuseHalfMeasures = (warnings: Session['warnings'], username: string): void => {
  const warning = warnings.find(({ code }) => code === '01007' || code === '01006');
  if (!warning) return;
  throw new DatabaseError(
    'privilege',
    `Could not bring the grants of "${username}" to what the catalog says: ${warning.message}; make the admin a member of the objects' owner`,
    { retryable: false },
  );
};
