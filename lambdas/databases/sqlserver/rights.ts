/** Makes the rights of one login those of another: on the server, and in the database that the secret names. */
import type { RevokedRight } from '../port.ts';
import { EngineError } from '../errors.ts';
import type { Session } from './session.ts';
import { runAll } from './statements.ts';

export interface Pair {
  readonly from: string;
  readonly to: string;
}

/** What lacks is added, what is too much is removed. The user of `to` in the database is made where `from` has one. */
export const equaliseRights = async (session: Session, pair: Pair): Promise<readonly RevokedRight[]> => {
  const run = (query: string) => runAll(session, query, { ...pair });
  const done = [await run(loginSettings), await run(serverRoles), await run(serverPermissions)];
  await refuseUncopyable(session, pair);
  done.push(await run(databaseUser), await run(databaseRoles), await run(databasePermissions));
  return done.flat().flatMap((statement) => lostBy(statement, pair.to));
};

/** What a rotation would take from `to`. */
export const excessRights = async (session: Session, pair: Pair): Promise<readonly RevokedRight[]> => {
  const lost: RevokedRight[] = [];
  for (const query of [serverRoles, serverPermissions, databaseUser, databaseRoles, databasePermissions]) {
    const rows = await session.query<{ statement: string }>(query, { ...pair });
    lost.push(...rows.flatMap(({ statement }) => lostBy(statement, pair.to)));
  }
  return lost;
};

/** Of the statements above, those that take something away. */
const lostBy = (statement: string, username: string): readonly RevokedRight[] => {
  const [, role] = /^ALTER (?:SERVER )?ROLE (.+) DROP MEMBER /.exec(statement) ?? [];
  if (role !== undefined) return [{ username, privilege: 'member of', object: `role ${role}` }];
  if (statement.startsWith('DROP USER ')) return [{ username, privilege: 'user', object: 'the database' }];
  const [, permission, , securable = 'the server or the database'] =
    /^REVOKE ([A-Z ]+?)( ON (.+?))? (?:FROM|TO) \[/.exec(statement) ?? [];
  return permission === undefined ? [] : [{ username, privilege: permission, object: securable }];
};

const loginSettings = `
  SELECT N'ALTER LOGIN ' + QUOTENAME(t.name)
         + N' WITH DEFAULT_DATABASE = ' + QUOTENAME(f.default_database_name)
         + N', DEFAULT_LANGUAGE = ' + QUOTENAME(f.default_language_name)
         + N', CHECK_EXPIRATION = ' + CASE f.is_expiration_checked WHEN 1 THEN N'ON' ELSE N'OFF' END
         + N', CHECK_POLICY = ' + CASE f.is_policy_checked WHEN 1 THEN N'ON' ELSE N'OFF' END AS statement
    FROM sys.sql_logins f JOIN sys.sql_logins t ON t.name = @to
   WHERE f.name = @from
     AND EXISTS (SELECT f.default_database_name, f.default_language_name, f.is_expiration_checked, f.is_policy_checked
                 EXCEPT
                 SELECT t.default_database_name, t.default_language_name, t.is_expiration_checked, t.is_policy_checked)`;

const serverRoles = `
  WITH member AS (
    SELECT r.name AS role, p.name AS login
      FROM sys.server_role_members m
      JOIN sys.server_principals r ON r.principal_id = m.role_principal_id
      JOIN sys.server_principals p ON p.principal_id = m.member_principal_id
     WHERE p.name IN (@from, @to))
  SELECT N'ALTER SERVER ROLE ' + QUOTENAME(role) + N' ADD MEMBER ' + QUOTENAME(@to) AS statement
    FROM member WHERE login = @from AND role NOT IN (SELECT role FROM member WHERE login = @to)
  UNION ALL
  SELECT N'ALTER SERVER ROLE ' + QUOTENAME(role) + N' DROP MEMBER ' + QUOTENAME(@to)
    FROM member WHERE login = @to AND role NOT IN (SELECT role FROM member WHERE login = @from)`;

/** CONNECT SQL, which every login has, is left alone; permissions on endpoints and other logins are an operator's. */
const serverPermissions = `
  WITH held AS (
    SELECT p.name AS login, s.state, s.permission_name AS permission
      FROM sys.server_permissions s JOIN sys.server_principals p ON p.principal_id = s.grantee_principal_id
     WHERE p.name IN (@from, @to) AND s.class = 100 AND s.permission_name <> 'CONNECT SQL')
  SELECT N'REVOKE ' + permission + N' TO ' + QUOTENAME(@to) + N' CASCADE' AS statement, 1 AS place
    FROM held h WHERE login = @to
     AND NOT EXISTS (SELECT 1 FROM held f WHERE f.login = @from AND f.permission = h.permission AND f.state = h.state)
  UNION ALL
  SELECT CASE state WHEN 'D' THEN N'DENY ' ELSE N'GRANT ' END + permission + N' TO ' + QUOTENAME(@to)
         + CASE state WHEN 'W' THEN N' WITH GRANT OPTION' ELSE N'' END, 2
    FROM held h WHERE login = @from
     AND NOT EXISTS (SELECT 1 FROM held t WHERE t.login = @to AND t.permission = h.permission AND t.state = h.state)
  ORDER BY place`;

/** The user of a login in this database, found by the login's identifier: the names may differ. */
const userOf = (login: string): string => `
  SELECT d.principal_id, d.name, d.default_schema_name
    FROM sys.database_principals d JOIN sys.server_principals s ON s.sid = d.sid
   WHERE s.name = ${login}`;

/** A clone's user is called like its login. If `from` has no user here, `to` keeps none. */
const databaseUser = `
  WITH source AS (${userOf('@from')}), target AS (${userOf('@to')})
  SELECT N'CREATE USER ' + QUOTENAME(@to) + N' FOR LOGIN ' + QUOTENAME(@to)
         + N' WITH DEFAULT_SCHEMA = ' + QUOTENAME(ISNULL(default_schema_name, N'dbo')) AS statement
    FROM source WHERE NOT EXISTS (SELECT 1 FROM target)
  UNION ALL
  SELECT N'ALTER USER ' + QUOTENAME(t.name) + N' WITH DEFAULT_SCHEMA = ' + QUOTENAME(ISNULL(f.default_schema_name, N'dbo'))
    FROM source f CROSS JOIN target t
   WHERE ISNULL(f.default_schema_name, N'dbo') <> ISNULL(t.default_schema_name, N'dbo')
  UNION ALL
  SELECT N'DROP USER ' + QUOTENAME(name) FROM target WHERE NOT EXISTS (SELECT 1 FROM source)`;

const databaseRoles = `
  WITH source AS (${userOf('@from')}), target AS (${userOf('@to')}),
       member AS (
         SELECT r.name AS role, m.member_principal_id AS member
           FROM sys.database_role_members m JOIN sys.database_principals r ON r.principal_id = m.role_principal_id)
  SELECT N'ALTER ROLE ' + QUOTENAME(m.role) + N' ADD MEMBER ' + QUOTENAME(t.name) AS statement
    FROM member m JOIN source f ON f.principal_id = m.member CROSS JOIN target t
   WHERE NOT EXISTS (SELECT 1 FROM member o WHERE o.member = t.principal_id AND o.role = m.role)
  UNION ALL
  SELECT N'ALTER ROLE ' + QUOTENAME(m.role) + N' DROP MEMBER ' + QUOTENAME(t.name)
    FROM member m JOIN target t ON t.principal_id = m.member CROSS JOIN source f
   WHERE NOT EXISTS (SELECT 1 FROM member o WHERE o.member = f.principal_id AND o.role = m.role)`;

/** Classes of https://learn.microsoft.com/en-us/sql/relational-databases/system-catalog-views/sys-database-permissions-transact-sql that are copied. */
const copied = '0, 1, 3, 4, 6';

/** What a permission is on, as a statement says it. */
const securable = `
  CASE p.class
    WHEN 0 THEN N''
    WHEN 1 THEN N' ON OBJECT::' + QUOTENAME(OBJECT_SCHEMA_NAME(p.major_id)) + N'.' + QUOTENAME(OBJECT_NAME(p.major_id))
                + CASE p.minor_id WHEN 0 THEN N'' ELSE N' (' + QUOTENAME(COL_NAME(p.major_id, p.minor_id)) + N')' END
    WHEN 3 THEN N' ON SCHEMA::' + QUOTENAME(SCHEMA_NAME(p.major_id))
    WHEN 4 THEN (SELECT N' ON ' + CASE o.type WHEN 'R' THEN N'ROLE' WHEN 'A' THEN N'APPLICATION ROLE' ELSE N'USER' END
                        + N'::' + QUOTENAME(o.name)
                   FROM sys.database_principals o WHERE o.principal_id = p.major_id)
    WHEN 6 THEN (SELECT N' ON TYPE::' + QUOTENAME(SCHEMA_NAME(o.schema_id)) + N'.' + QUOTENAME(o.name)
                   FROM sys.types o WHERE o.user_type_id = p.major_id)
  END`;

const databasePermissions = `
  WITH source AS (${userOf('@from')}), target AS (${userOf('@to')}),
       held AS (
         SELECT p.grantee_principal_id AS grantee, p.state, p.permission_name AS permission, ${securable} AS securable
           FROM sys.database_permissions p WHERE p.class IN (${copied}) AND p.permission_name <> 'CONNECT')
  SELECT N'REVOKE ' + h.permission + h.securable + N' FROM ' + QUOTENAME(t.name) + N' CASCADE' AS statement, 1 AS place
    FROM held h JOIN target t ON t.principal_id = h.grantee CROSS JOIN source f
   WHERE NOT EXISTS (SELECT 1 FROM held o WHERE o.grantee = f.principal_id AND o.permission = h.permission
                        AND o.securable = h.securable AND o.state = h.state)
  UNION ALL
  SELECT CASE h.state WHEN 'D' THEN N'DENY ' ELSE N'GRANT ' END + h.permission + h.securable + N' TO ' + QUOTENAME(t.name)
         + CASE h.state WHEN 'W' THEN N' WITH GRANT OPTION' ELSE N'' END, 2
    FROM held h JOIN source f ON f.principal_id = h.grantee CROSS JOIN target t
   WHERE NOT EXISTS (SELECT 1 FROM held o WHERE o.grantee = t.principal_id AND o.permission = h.permission
                        AND o.securable = h.securable AND o.state = h.state)
  ORDER BY place`;

/** A clone with less than its original would fail the application on the day of its turn. */
const refuseUncopyable = async (session: Session, { from }: Pair): Promise<void> => {
  const rows = await session.query<{ what: string }>(
    `WITH source AS (${userOf('@from')})
     SELECT DISTINCT p.permission_name + N' on ' + p.class_desc AS what
       FROM sys.database_permissions p JOIN source f ON f.principal_id = p.grantee_principal_id
      WHERE p.class NOT IN (${copied})`,
    { from },
  );
  if (rows.length === 0) return;
  throw new EngineError(
    'strategy-impossible',
    `Login "${from}" has rights that are not copied to a second one (${rows.map(({ what }) => what).join(', ')}): grant them to a role that it is a member of, or write single-user`,
    { retryable: false },
  );
};
