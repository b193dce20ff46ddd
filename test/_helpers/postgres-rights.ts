/** Rights of every kind on a real PostgreSQL: two sets to give a user, and what a user has, in words. */
import pg from 'pg';

type Sql = (text: string) => Promise<Record<string, unknown>[]>;

interface Things {
  readonly admin: string;
  readonly readers: string;
  readonly writers: string;
}

const quote = (name: string): string => pg.escapeIdentifier(name);
const literal = (text: string): string => pg.escapeLiteral(text);

/** A schema `shop` with something of every kind that belongs to the admin, and two groups. */
export const makeThings = async (sql: Sql, admin: string, number: number): Promise<Things> => {
  const things = { admin, readers: `readers ${number}`, writers: `writers ${number}` };
  await sql(`
    SET ROLE ${quote(admin)};
    CREATE ROLE ${quote(things.readers)};
    CREATE ROLE ${quote(things.writers)};
    CREATE SCHEMA shop;
    GRANT USAGE, CREATE ON SCHEMA shop TO PUBLIC;
    CREATE TABLE shop.orders (id int, "odd ""column""" text);
    CREATE TABLE shop.ledger (id int, amount int);
    CREATE VIEW shop.recent AS SELECT * FROM shop.orders;
    CREATE SEQUENCE shop.numbers;
    CREATE FUNCTION shop.total(int, "of" text DEFAULT 'all') RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE shop.settle(int) LANGUAGE sql AS 'SELECT 1';
    REVOKE EXECUTE ON ROUTINE shop.total, shop.settle FROM PUBLIC;
    CREATE TYPE shop.colour AS ENUM ('red');
    CREATE DOMAIN shop.positive AS int;
    REVOKE USAGE ON TYPE shop.colour, shop.positive FROM PUBLIC;
    ALTER TABLE shop.ledger ENABLE ROW LEVEL SECURITY;
    RESET ROLE;
    GRANT SET ON PARAMETER app.tenant TO ${quote(admin)}`);
  return things;
};

/** What gives a set, and what takes it again. */
const sets = ({ admin, readers, writers }: Things, user: string, database: string, policy: string) => ({
  first: {
    give: [
      `SET ROLE ${admin}; GRANT ${readers} TO ${user}; RESET ROLE`,
      `GRANT CREATE, TEMPORARY ON DATABASE ${database} TO ${user}`,
      `GRANT USAGE, CREATE ON SCHEMA shop TO ${user}`,
      `GRANT SELECT, INSERT ON shop.orders TO ${user} WITH GRANT OPTION`,
      `GRANT SELECT (id), UPDATE (amount) ON shop.ledger TO ${user}`,
      `GRANT USAGE ON SEQUENCE shop.numbers TO ${user}`,
      `GRANT EXECUTE ON ROUTINE shop.total TO ${user}`,
      `GRANT USAGE ON TYPE shop.colour TO ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} IN SCHEMA shop GRANT SELECT ON TABLES TO ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} IN SCHEMA shop GRANT SELECT ON TABLES TO ${readers}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
      `ALTER ROLE ${user} SET search_path = shop, "$user", "odd, ""name"""`,
      `ALTER ROLE ${user} SET app.tenant = 'o''ne = 1'`,
      `ALTER ROLE ${user} IN DATABASE ${database} SET statement_timeout = '7s'`,
      `ALTER ROLE ${user} CONNECTION LIMIT 7 VALID UNTIL '2099-01-01T00:00:00.123456Z'`,
      `CREATE POLICY ${policy} ON shop.ledger TO ${readers}, ${user} USING (true)`,
    ],
    take: [
      `SET ROLE ${admin}; REVOKE ${readers} FROM ${user}; RESET ROLE`,
      `REVOKE CREATE, TEMPORARY ON DATABASE ${database} FROM ${user}`,
      `REVOKE USAGE, CREATE ON SCHEMA shop FROM ${user}`,
      `REVOKE SELECT, INSERT ON shop.orders FROM ${user}`,
      `REVOKE SELECT (id), UPDATE (amount) ON shop.ledger FROM ${user}`,
      `REVOKE USAGE ON SEQUENCE shop.numbers FROM ${user}`,
      `REVOKE EXECUTE ON ROUTINE shop.total FROM ${user}`,
      `REVOKE USAGE ON TYPE shop.colour FROM ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} IN SCHEMA shop REVOKE SELECT ON TABLES FROM ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} IN SCHEMA shop REVOKE SELECT ON TABLES FROM ${readers}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} GRANT EXECUTE ON FUNCTIONS TO PUBLIC`,
      `ALTER ROLE ${user} RESET ALL`,
      `ALTER ROLE ${user} IN DATABASE ${database} RESET ALL`,
      `ALTER ROLE ${user} CONNECTION LIMIT -1 VALID UNTIL 'infinity'`,
      `DROP POLICY IF EXISTS ${policy} ON shop.ledger`,
    ],
  },
  second: {
    give: [
      `SET ROLE ${admin}; GRANT ${writers} TO ${user} WITH ADMIN OPTION; RESET ROLE`,
      `GRANT USAGE ON SCHEMA shop TO ${user} WITH GRANT OPTION`,
      `GRANT SELECT ON shop.orders, shop.recent TO ${user}`,
      `GRANT SELECT ("odd ""column""") ON shop.orders TO ${user}`,
      `GRANT SELECT ON shop.ledger TO ${user}`,
      `GRANT SELECT, UPDATE ON SEQUENCE shop.numbers TO ${user}`,
      `GRANT EXECUTE ON ROUTINE shop.settle TO ${user} WITH GRANT OPTION`,
      `GRANT USAGE ON TYPE shop.positive TO ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} GRANT USAGE ON SEQUENCES TO ${user} WITH GRANT OPTION`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} GRANT USAGE ON SCHEMAS TO ${writers}`,
      `ALTER ROLE ${user} SET search_path = ''`,
      `ALTER ROLE ${user} SET timezone = 'UTC'`,
      `ALTER ROLE ${user} CONNECTION LIMIT 9 CREATEDB`,
      `CREATE POLICY ${policy} ON shop.ledger FOR SELECT TO ${writers}, ${user} USING (amount > 0)`,
    ],
    take: [
      `SET ROLE ${admin}; REVOKE ${writers} FROM ${user}; RESET ROLE`,
      `REVOKE USAGE ON SCHEMA shop FROM ${user}`,
      `REVOKE SELECT ON shop.orders, shop.recent FROM ${user}`,
      `REVOKE SELECT ("odd ""column""") ON shop.orders FROM ${user}`,
      `REVOKE SELECT ON shop.ledger FROM ${user}`,
      `REVOKE SELECT, UPDATE ON SEQUENCE shop.numbers FROM ${user}`,
      `REVOKE EXECUTE ON ROUTINE shop.settle FROM ${user}`,
      `REVOKE USAGE ON TYPE shop.positive FROM ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} REVOKE USAGE ON SEQUENCES FROM ${user}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} REVOKE USAGE ON SCHEMAS FROM ${writers}`,
      `ALTER ROLE ${user} RESET ALL`,
      `ALTER ROLE ${user} CONNECTION LIMIT -1 NOCREATEDB`,
      `DROP POLICY IF EXISTS ${policy} ON shop.ledger`,
    ],
  },
});

export const giveRights = async (
  sql: Sql,
  { admin, readers, writers }: Things,
  username: string,
  set: 'first' | 'second',
): Promise<void> => {
  const quoted = { admin: quote(admin), readers: quote(readers), writers: quote(writers) };
  const [row] = await sql('SELECT current_database() AS name');
  const database = quote(String(row?.['name']));
  const of = (name: 'first' | 'second') =>
    sets(quoted, quote(username), database, quote(`${name} for ${username}`))[name];
  const other = of(set === 'first' ? 'second' : 'first');
  const given = of(set);
  await sql([...other.take, ...given.take, ...given.give].join(';\n'));
};

/** What a user has that another can have too, read from each catalog on its own. */
export const rightsOf = async (sql: Sql, username: string): Promise<readonly string[]> => {
  const rows = await sql(rightsQuery(literal(username)));
  return rows.map(({ what }) => String(what));
};

const rightsQuery = (user: string): string => `
  WITH me AS (SELECT * FROM pg_roles WHERE rolname = ${user}),
  lists (what, owner, acl) AS (
    SELECT 'database ' || datname, datdba, datacl FROM pg_database
    UNION ALL SELECT 'schema ' || nspname, nspowner, nspacl FROM pg_namespace
    UNION ALL SELECT 'relation ' || oid::regclass, relowner, relacl FROM pg_class
    UNION ALL SELECT 'column ' || attname || ' of ' || attrelid::regclass, relowner, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    UNION ALL SELECT 'routine ' || oid::regprocedure, proowner, proacl FROM pg_proc
    UNION ALL SELECT 'type ' || oid::regtype, typowner, typacl FROM pg_type
  )
  SELECT what || ': ' || string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ' ' ORDER BY a.privilege_type) AS what
    FROM lists, aclexplode(acl) a, me WHERE a.grantee = me.oid AND owner <> me.oid GROUP BY lists.what
  UNION ALL
  SELECT 'member of ' || r.rolname || CASE WHEN m.admin_option THEN ', may grant it' ELSE '' END
    FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid, me WHERE m.member = me.oid AND r.rolname !~ '_owner$'
  UNION ALL
  SELECT 'by default, from ' || d.defaclrole::regrole || ', ' || coalesce(n.nspname, 'everywhere') || ', ' || d.defaclobjtype::text || ': ' || a.privilege_type || a.is_grantable
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a, me
   WHERE a.grantee = me.oid AND d.defaclrole <> me.oid
  UNION ALL
  SELECT 'by default, to ' || CASE a.grantee WHEN 0 THEN 'everyone' ELSE a.grantee::regrole::text END || ', ' || coalesce(n.nspname, 'everywhere') || ', ' || d.defaclobjtype::text || ': ' || a.privilege_type
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a, me
   WHERE d.defaclrole = me.oid AND a.grantee <> me.oid AND a.grantee::regrole::text !~ '_owner"?$'
     AND NOT (a.grantee = 0 AND n.nspname IS NULL)
  UNION ALL
  SELECT 'everyone may run what it makes: ' || NOT EXISTS (
      SELECT FROM pg_default_acl d, me WHERE d.defaclrole = me.oid AND d.defaclobjtype = 'f' AND d.defaclnamespace = 0
         AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) a WHERE a.grantee = 0))
  UNION ALL
  SELECT 'setting in ' || coalesce(datname, 'every database') || ': ' || entry
    FROM pg_db_role_setting LEFT JOIN pg_database b ON b.oid = setdatabase, unnest(setconfig) entry, me WHERE setrole = me.oid
  UNION ALL
  SELECT 'policy ' || polname || ' on ' || polrelid::regclass FROM pg_policy, me WHERE me.oid = ANY(polroles)
  UNION ALL
  SELECT format('inherits %s, creates databases %s, bypasses policies %s, connections %s, until %s', rolinherit, rolcreatedb, rolbypassrls, rolconnlimit, coalesce(rolvaliduntil, 'infinity')) FROM me
  ORDER BY what`;
