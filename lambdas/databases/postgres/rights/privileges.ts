/** Privileges granted to a user itself, on everything in the database that can be granted on. */
import { escapeIdentifier } from 'pg';
import type { Session } from '../session/session.ts';
import type { Circle, Right, RightsReader } from './right.ts';

interface Privilege {
  readonly holder: string;
  /** As GRANT wants it: `TABLE`, and `public.orders`. */
  readonly kind: string;
  readonly name: string;
  readonly columns: string;
  readonly privilege: string;
  readonly grantable: boolean;
  /** Of an extension, or of the provider's superuser, and this admin may not grant it. */
  readonly untouchable: boolean;
  readonly mayGive: boolean;
  readonly mayTake: boolean;
}

/** Schemas that belong to one session each, and go with it. */
export const notTemporary = (schema: string): string => `${schema} !~ '^pg_(toast_)?temp_'`;

/** Superusers of a cloud, whose objects no customer may change. */
export const providersSuperusers = "('rdsadmin')";

/** Everything with an owner and an access list. Names are quoted by the server's own `format('%I')`. */
const objects = (version: number): string => `
  SELECT 'DATABASE' AS kind, format('%I', datname) AS name, '' AS columns, datdba AS owner, datacl AS acl, 'pg_database'::regclass AS class, oid FROM pg_database
  UNION ALL SELECT 'TABLESPACE', format('%I', spcname), '', spcowner, spcacl, 'pg_tablespace'::regclass, oid FROM pg_tablespace
  UNION ALL SELECT 'SCHEMA', format('%I', nspname), '', nspowner, nspacl, 'pg_namespace'::regclass, oid FROM pg_namespace WHERE ${notTemporary('nspname')}
  UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', n.nspname, c.relname), '', c.relowner, c.relacl, 'pg_class'::regclass, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relacl IS NOT NULL AND c.relpersistence <> 't'
  UNION ALL SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), format(' (%I)', a.attname), c.relowner, a.attacl, 'pg_class'::regclass, c.oid
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attacl IS NOT NULL AND a.attnum <> 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
  UNION ALL SELECT 'ROUTINE', format('%s', p.oid::regprocedure), '', p.proowner, p.proacl, 'pg_proc'::regclass, p.oid
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proacl IS NOT NULL AND ${notTemporary('n.nspname')}
  UNION ALL SELECT 'TYPE', format('%I.%I', n.nspname, t.typname), '', t.typowner, t.typacl, 'pg_type'::regclass, t.oid
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL AND ${notTemporary('n.nspname')}
  UNION ALL SELECT 'LANGUAGE', format('%I', lanname), '', lanowner, lanacl, 'pg_language'::regclass, oid FROM pg_language
  UNION ALL SELECT 'FOREIGN DATA WRAPPER', format('%I', fdwname), '', fdwowner, fdwacl, 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'FOREIGN SERVER', format('%I', srvname), '', srvowner, srvacl, 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
  UNION ALL SELECT 'LARGE OBJECT', oid::text, '', lomowner, lomacl, 'pg_largeobject'::regclass, oid FROM pg_largeobject_metadata WHERE lomacl IS NOT NULL
  ${version >= parameterPrivileges ? settingsObject : ''}`;

const parameterPrivileges = 150000;
const settingsObject = `
  UNION ALL SELECT 'PARAMETER', (SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(parname, '.')) part), '', 10, paracl, 'pg_parameter_acl'::regclass, oid
    FROM pg_parameter_acl`;

/** As the owner, or with a grant option. */
const mayGive = `(pg_has_role(current_user, o.owner, 'USAGE')
           OR EXISTS (SELECT FROM aclexplode(o.acl) mine WHERE mine.is_grantable AND mine.privilege_type = a.privilege_type
                         AND (mine.grantee = 0 OR pg_has_role(current_user, mine.grantee, 'USAGE'))))`;

/** The holder may grant itself everything on what it owns: no other user could have such a right. */
const privilegesQuery = (version: number): string => `
  SELECT h.rolname AS holder, o.kind, o.name, o.columns, a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable,
         (ow.rolname IN ${providersSuperusers}
           OR EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e'))
         AND NOT ${mayGive} AS untouchable,
         ${mayGive} AS "mayGive",
         pg_has_role(current_user, o.owner, 'USAGE') AND bool_and(a.grantor = o.owner AND NOT a.is_grantable) AS "mayTake"
    FROM (${objects(version)}) o CROSS JOIN aclexplode(o.acl) a JOIN pg_roles h ON h.oid = a.grantee
         LEFT JOIN pg_roles ow ON ow.oid = o.owner
   WHERE h.rolname = ANY($1) AND o.owner <> a.grantee
   GROUP BY h.rolname, o.kind, o.name, o.columns, o.class, o.oid, o.owner, o.acl, ow.rolname, a.privilege_type
   ORDER BY o.kind, o.name`;

export const privileges: RightsReader = async (session, holders, circle) =>
  (await readPrivileges(session, holders, circle)).filter(({ untouchable }) => !untouchable).map(right);

/** Rights that are passed over: nobody but the provider may give them to another user. */
export const untouchablePrivileges = async (
  session: Session,
  holder: string,
  circle: Circle,
): Promise<readonly string[]> =>
  (await readPrivileges(session, [holder], circle))
    .filter(({ untouchable }) => untouchable)
    .map(({ kind, name, columns, privilege }) => `${privilege}${columns} on ${kind.toLowerCase()} ${name}`);

const readPrivileges = (session: Session, holders: readonly string[], { version }: Circle): Promise<Privilege[]> =>
  session.query<Privilege>(privilegesQuery(version), [holders]);

const right = (held: Privilege): Right => {
  const { holder, kind, name, columns, privilege, grantable } = held;
  const option = grantable ? ' WITH GRANT OPTION' : '';
  const on = `${privilege}${columns} ON ${kind}`;
  const give = (objects: string, to: string) => `GRANT ${on} ${objects} TO ${escapeIdentifier(to)}${option}`;
  const take = (objects: string, from: string) => `REVOKE ${on} ${objects} FROM ${escapeIdentifier(from)}`;
  return {
    holder,
    what: `${on} ${name}${option}`,
    privilege: `${privilege}${columns}${option.toLowerCase()}`,
    object: `${kind.toLowerCase()} ${name}`,
    give: (to) => give(name, to),
    take: (from) => [take(name, from)],
    ...(groupedKinds.has(kind) && { sure: { give: held.mayGive, take: held.mayTake } }),
    ...(columns === '' && groupedKinds.has(kind) && { together: { key: `${on}${option}`, object: name, give, take } }),
  };
};

/** Kinds of which a server can have thousands. */
const groupedKinds: ReadonlySet<string> = new Set(['TABLE', 'SEQUENCE', 'ROUTINE', 'TYPE']);
