/** `ALTER ROLE … SET`, in all databases and in single ones. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Right, RightsReader } from './right.ts';

interface Setting {
  readonly holder: string;
  readonly database: string | null;
  /** `name=value` */
  readonly entry: string;
}

const settingsQuery = `
  SELECT h.rolname AS holder, d.datname AS database, entry
    FROM pg_db_role_setting s JOIN pg_roles h ON h.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase,
         unnest(s.setconfig) entry
   WHERE h.rolname = ANY($1)`;

export const settings: RightsReader = async (session, holders) =>
  (await session.query<Setting>(settingsQuery, [holders])).map(setting);

/** The settings of which a holder has none of its own. */
export const newSettings =
  (holder: string): RightsReader =>
  async (session, holders, circle) => {
    const all = await settings(session, holders, circle);
    const own = new Set(all.filter((right) => right.holder === holder).map(({ object }) => object));
    return all.filter((right) => right.holder === holder || !own.has(right.object));
  };

const setting = ({ holder, database, entry }: Setting): Right => {
  const separator = entry.indexOf('=');
  const name = entry.slice(0, separator);
  const quoted = name.split('.').map(escapeIdentifier).join('.');
  const value = valueOf(name, entry.slice(separator + 1));
  const inDatabase = database === null ? '' : ` IN DATABASE ${escapeIdentifier(database)}`;
  return {
    holder,
    what: `setting ${quoted} TO ${value}${inDatabase}`,
    privilege: 'setting',
    object: `${quoted}${inDatabase}`,
    give: (to) => `ALTER ROLE ${escapeIdentifier(to)}${inDatabase} SET ${quoted} TO ${value}`,
    take: (from) => [`ALTER ROLE ${escapeIdentifier(from)}${inDatabase} RESET ${quoted}`],
  };
};

/** Settings whose value is a list of names: the server keeps them quoted already, and would quote a whole list as one name. */
const lists: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'temp_tablespaces',
]);

const listElement = /"((?:[^"]|"")*)"|[^\s,]+/g;

const valueOf = (name: string, value: string): string => {
  if (!lists.has(name)) return escapeLiteral(value);
  const elements = [...value.matchAll(listElement)].map(([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare);
  return elements.map(escapeLiteral).join(', ') || "''";
};
