/** Privileges granted to a user itself, on everything in the database that can be granted on. */
import { escapeIdentifier } from 'pg';
import type { Right, RightsReader } from './right.ts';

interface Privilege {
  readonly holder: string;
  /** As GRANT wants it: `TABLE public.orders`. */
  readonly target: string;
  readonly columns: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** Everything with an owner and an access list. Names are quoted by the server's own `format('%I')`. */
const objects = (version: number): string => `
  SELECT format('DATABASE %I', datname) AS target, '' AS columns, datdba AS owner, datacl AS acl FROM pg_database
  UNION ALL SELECT format('TABLESPACE %I', spcname), '', spcowner, spcacl FROM pg_tablespace
  UNION ALL SELECT format('SCHEMA %I', nspname), '', nspowner, nspacl FROM pg_namespace
  UNION ALL SELECT format(CASE c.relkind WHEN 'S' THEN 'SEQUENCE %I.%I' ELSE 'TABLE %I.%I' END, n.nspname, c.relname), '', c.relowner, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  UNION ALL SELECT format('TABLE %I.%I', n.nspname, c.relname), format(' (%I)', a.attname), c.relowner, a.attacl
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attnum <> 0 AND NOT a.attisdropped
  UNION ALL SELECT format('ROUTINE %s', p.oid::regprocedure), '', p.proowner, p.proacl FROM pg_proc p
  UNION ALL SELECT format('TYPE %I.%I', n.nspname, t.typname), '', t.typowner, t.typacl
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  UNION ALL SELECT format('LANGUAGE %I', lanname), '', lanowner, lanacl FROM pg_language
  UNION ALL SELECT format('FOREIGN DATA WRAPPER %I', fdwname), '', fdwowner, fdwacl FROM pg_foreign_data_wrapper
  UNION ALL SELECT format('FOREIGN SERVER %I', srvname), '', srvowner, srvacl FROM pg_foreign_server
  UNION ALL SELECT format('LARGE OBJECT %s', oid), '', lomowner, lomacl FROM pg_largeobject_metadata
  ${version >= parameterPrivileges ? settingsObject : ''}`;

const parameterPrivileges = 150000;
const settingsObject = `
  UNION ALL SELECT 'PARAMETER ' || (SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(parname, '.')) part), '', 10, paracl
    FROM pg_parameter_acl`;

/** What the holder owns, it may grant itself: that is no right which another could have too. */
const privilegesQuery = (version: number): string => `
  SELECT h.rolname AS holder, o.target, o.columns, a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable
    FROM (${objects(version)}) o, aclexplode(o.acl) a JOIN pg_roles h ON h.oid = a.grantee
   WHERE h.rolname = ANY($1) AND o.owner <> a.grantee
   GROUP BY h.rolname, o.target, o.columns, a.privilege_type
   ORDER BY o.target`;

export const privileges: RightsReader = async (session, holders, { version }) => {
  const rows = await session.query<Privilege>(privilegesQuery(version), [holders]);
  return rows.map(right);
};

const right = ({ holder, target, columns, privilege, grantable }: Privilege): Right => {
  const option = grantable ? ' WITH GRANT OPTION' : '';
  const what = `${privilege}${columns} ON ${target}`;
  return {
    holder,
    what: `${what}${option}`,
    give: (to) => `GRANT ${what} TO ${escapeIdentifier(to)}${option}`,
    take: (from) => [`REVOKE ${what} FROM ${escapeIdentifier(from)}`],
  };
};
