/** Privileges on objects to come: those that others will give a user, and those that the user will give others. */
import { escapeIdentifier } from 'pg';
import type { Right, RightsReader } from './right.ts';

/** `defaclobjtype`, and what ALTER DEFAULT PRIVILEGES and `acldefault` call it. */
const types = [
  { type: 'r', keyword: 'TABLES', builtIn: 'r', since: 0 },
  { type: 'S', keyword: 'SEQUENCES', builtIn: 's', since: 0 },
  { type: 'f', keyword: 'FUNCTIONS', builtIn: 'f', since: 0 },
  { type: 'T', keyword: 'TYPES', builtIn: 'T', since: 0 },
  { type: 'n', keyword: 'SCHEMAS', builtIn: 'n', since: 0 },
  { type: 'L', keyword: 'LARGE OBJECTS', builtIn: 'L', since: 180000 },
] as const;

/** The kinds of objects that default privileges of a server reach. */
export const futureObjects = (version: number): readonly string[] =>
  types.filter(({ since }) => version >= since).map(({ keyword }) => keyword);

interface DefaultPrivilege {
  readonly creator: string;
  /** `null`: PUBLIC. */
  readonly grantee: string | null;
  /** `null`: in every schema. */
  readonly schema: string | null;
  readonly type: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

const granteeQuery = `
  SELECT c.rolname AS creator, g.rolname AS grantee, n.nspname AS schema, d.defaclobjtype AS type,
         a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable
    FROM pg_default_acl d JOIN pg_roles c ON c.oid = d.defaclrole LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace,
         aclexplode(d.defaclacl) a JOIN pg_roles g ON g.oid = a.grantee
   WHERE g.rolname = ANY($1) AND c.rolname <> ALL($2)
   GROUP BY c.rolname, g.rolname, n.nspname, d.defaclobjtype, a.privilege_type`;

/** What `others` will give the holder on what they make. What the circle gives itself is what joins it, no right. */
export const defaultsFromOthers: RightsReader = async (session, holders, { from, to, owner }) => {
  const rows = await session.query<DefaultPrivilege>(granteeQuery, [holders, [from, to, owner]]);
  return rows.map((row) => ({
    ...statements(row, (holder) => ({ creator: row.creator, grantee: holder })),
    holder: row.grantee ?? '',
    what: `${clause(row)} made by ${escapeIdentifier(row.creator)}`,
    privilege: row.privilege,
    object: `${future(row)} that ${escapeIdentifier(row.creator)} will make`,
  }));
};

/** If nothing is said for all schemas, what is built in holds; saying something replaces it. */
const creatorQuery = `
  SELECT c.rolname AS creator, g.rolname AS grantee, NULL AS schema, t.type,
         a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable
    FROM pg_roles c CROSS JOIN unnest($3::text[], $4::text[]) t (type, built_in)
         LEFT JOIN pg_default_acl d
           ON d.defaclrole = c.oid AND d.defaclnamespace = 0 AND d.defaclobjtype = t.type::"char"
         CROSS JOIN aclexplode(coalesce(d.defaclacl, acldefault(t.built_in::"char", c.oid))) a
         LEFT JOIN pg_roles g ON g.oid = a.grantee
   WHERE c.rolname = ANY($1) AND coalesce(g.rolname <> ALL($2), true)
   GROUP BY c.rolname, g.rolname, t.type, a.privilege_type
  UNION ALL
  SELECT c.rolname, g.rolname, n.nspname, d.defaclobjtype::text, a.privilege_type, bool_or(a.is_grantable)
    FROM pg_default_acl d JOIN pg_roles c ON c.oid = d.defaclrole JOIN pg_namespace n ON n.oid = d.defaclnamespace
         CROSS JOIN aclexplode(d.defaclacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
   WHERE c.rolname = ANY($1) AND coalesce(g.rolname <> ALL($2), true)
   GROUP BY c.rolname, g.rolname, n.nspname, d.defaclobjtype, a.privilege_type`;

/** What the holder will give to others on what it makes. */
export const defaultsForOthers: RightsReader = async (session, holders, { from, to, owner, version }) => {
  const known = types.filter(({ since }) => version >= since);
  const rows = await session.query<DefaultPrivilege>(creatorQuery, [
    holders,
    [from, to, owner],
    known.map(({ type }) => type),
    known.map(({ builtIn }) => builtIn),
  ]);
  return rows.map((row) => ({
    ...statements(row, (holder) => ({ creator: holder, grantee: row.grantee })),
    holder: row.creator,
    what: `${clause(row)} for ${roleName(row.grantee)}`,
    privilege: `${row.privilege} for ${roleName(row.grantee)}`,
    object: `${future(row)} that it will make`,
  }));
};

/** `place` puts a holder where the right has its holder: who will make the objects, or who will get the privilege. */
const statements = (
  row: DefaultPrivilege,
  place: (holder: string) => Pick<DefaultPrivilege, 'creator' | 'grantee'>,
): Pick<Right, 'give' | 'take'> => {
  const alter = (creator: string): string =>
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(creator)}${row.schema === null ? '' : ` IN SCHEMA ${escapeIdentifier(row.schema)}`}`;
  const privilege = `${row.privilege} ON ${keywordOf(row.type)}`;
  return {
    give: (holder) => {
      const { creator, grantee } = place(holder);
      const option = row.grantable ? ' WITH GRANT OPTION' : '';
      return `${alter(creator)} GRANT ${privilege} TO ${roleName(grantee)}${option}`;
    },
    take: (holder) => {
      const { creator, grantee } = place(holder);
      return [`${alter(creator)} REVOKE ${privilege} FROM ${roleName(grantee)}`];
    },
  };
};

const clause = ({ privilege, grantable, type, schema }: DefaultPrivilege): string =>
  `default ${privilege} ON ${keywordOf(type)}${schema === null ? '' : ` IN SCHEMA ${escapeIdentifier(schema)}`}${grantable ? ' WITH GRANT OPTION' : ''}`;

const future = ({ type, schema }: DefaultPrivilege): string =>
  `${keywordOf(type).toLowerCase()}${schema === null ? '' : ` in schema ${escapeIdentifier(schema)}`}`;

const roleName = (role: string | null): string => (role === null ? 'PUBLIC' : escapeIdentifier(role));

const keywordOf = (type: string): string => types.find((known) => known.type === type)?.keyword ?? type;
