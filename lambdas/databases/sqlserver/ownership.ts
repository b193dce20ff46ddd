/** Objects that belong to neither of two users: schemas, and objects with an owner of their own, are a common role's. */
import { alternateSuffix } from '../../../lib/contract/index.ts';
import type { Pair } from './rights.ts';
import type { Session } from './session.ts';
import { runAll } from './statements.ts';

const suffix = '_owner';
/** `sysname` */
const longestName = 128;

/** The role of the two users, by the name of either. */
export const ownerRole = (login: string): string => {
  const base = login.endsWith(alternateSuffix) ? login.slice(0, -alternateSuffix.length) : login;
  return `${base.slice(0, longestName - suffix.length)}${suffix}`;
};

/** Makes the role where one of the two owns something, and both its members. Nothing is owned: nothing is made. */
export const shareOwnership = async (session: Session, { from, to }: Pair): Promise<void> => {
  const parameters = { from, to, role: ownerRole(from) };
  await runAll(session, createRole, parameters);
  await runAll(session, addMembers, parameters);
  await runAll(session, handOver(ownedByEither), parameters);
};

/** Gives what a login's user owns in this database to another user or role. */
export const handOverTo = async (session: Session, login: string, heir: string): Promise<void> => {
  await runAll(session, handOver(ownedByOne), { from: login, role: heir });
};

const usersOf = (logins: string): string => `
  SELECT d.principal_id, d.name
    FROM sys.database_principals d JOIN sys.server_principals s ON s.sid = d.sid
   WHERE s.name IN (${logins})`;

const ownedByEither = usersOf('@from, @to');
const ownedByOne = usersOf('@from');

const createRole = `
  WITH owner AS (${ownedByEither})
  SELECT N'CREATE ROLE ' + QUOTENAME(@role) AS statement
   WHERE DATABASE_PRINCIPAL_ID(@role) IS NULL
     AND (EXISTS (SELECT 1 FROM sys.schemas s JOIN owner o ON o.principal_id = s.principal_id)
       OR EXISTS (SELECT 1 FROM sys.objects b JOIN owner o ON o.principal_id = b.principal_id))`;

const addMembers = `
  WITH owner AS (${ownedByEither})
  SELECT N'ALTER ROLE ' + QUOTENAME(@role) + N' ADD MEMBER ' + QUOTENAME(o.name) AS statement
    FROM owner o
   WHERE DATABASE_PRINCIPAL_ID(@role) IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM sys.database_role_members m
                      WHERE m.role_principal_id = DATABASE_PRINCIPAL_ID(@role) AND m.member_principal_id = o.principal_id)`;

const handOver = (owners: string): string => `
  WITH owner AS (${owners})
  SELECT N'ALTER AUTHORIZATION ON SCHEMA::' + QUOTENAME(s.name) + N' TO ' + QUOTENAME(@role) AS statement
    FROM sys.schemas s JOIN owner o ON o.principal_id = s.principal_id
  UNION ALL
  SELECT N'ALTER AUTHORIZATION ON OBJECT::' + QUOTENAME(SCHEMA_NAME(b.schema_id)) + N'.' + QUOTENAME(b.name)
         + N' TO ' + QUOTENAME(@role)
    FROM sys.objects b JOIN owner o ON o.principal_id = b.principal_id`;
