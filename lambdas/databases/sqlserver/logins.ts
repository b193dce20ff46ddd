/** The logins of a server: looking them up, giving them a password, blocking them. */
import { randomPasswords } from '../passwords.ts';
import type { Credential } from '../port.ts';
import { DatabaseError, EngineError } from '../errors.ts';
import type { Session } from './session.ts';

export interface Login {
  readonly name: string;
  /** Or it may not connect: both are done on purpose. */
  readonly disabled: boolean;
}

interface LoginRow {
  readonly name: string;
  readonly disabled: number;
  readonly self: number;
  readonly reserved: number;
}

/**
 * `undefined` if there is none.
 *
 * @throws EngineError `user-reserved` for the admin itself and for logins that rule the server.
 */
export const findLogin = async (session: Session, login: string): Promise<Login | undefined> => {
  const [row] = await session.query<LoginRow>(
    `SELECT p.name,
            CASE WHEN p.is_disabled = 1
                   OR EXISTS (SELECT 1 FROM sys.server_permissions s
                               WHERE s.grantee_principal_id = p.principal_id AND s.state = 'D'
                                 AND s.permission_name = 'CONNECT SQL')
                 THEN 1 ELSE 0 END AS disabled,
            CASE WHEN p.name = ORIGINAL_LOGIN() THEN 1 ELSE 0 END AS self,
            CASE WHEN p.sid = 0x01 OR ISNULL(IS_SRVROLEMEMBER('sysadmin', p.name), 0) = 1
                   OR ISNULL(IS_SRVROLEMEMBER('securityadmin', p.name), 0) = 1
                   OR EXISTS (SELECT 1 FROM sys.server_permissions s
                               WHERE s.grantee_principal_id = p.principal_id AND s.state IN ('G', 'W')
                                 AND s.permission_name IN ('CONTROL SERVER', 'ALTER ANY LOGIN'))
                 THEN 1 ELSE 0 END AS reserved
       FROM sys.server_principals p
      WHERE p.type = 'S' AND p.name = @login`,
    { login },
  );
  if (!row) return undefined;
  if (row.self === 1 || row.reserved === 1) {
    const what = row.self === 1 ? 'the admin itself' : 'one that rules the server or its logins';
    throw new EngineError('user-reserved', `Login "${login}" is ${what}: name an application's own login`, {
      retryable: false,
    });
  }
  return { name: row.name, disabled: row.disabled === 1 };
};

/** @throws EngineError `user-missing`, `user-reserved`. */
export const getLogin = async (session: Session, login: string): Promise<Login> => {
  const found = await findLogin(session, login);
  if (found) return found;
  throw new EngineError('user-missing', `Login "${login}" does not exist: create it`, { retryable: false });
};

/**
 * A contained database has users with passwords of their own, and asks them first where a login names the database.
 *
 * @throws EngineError `strategy-impossible` if one of this name is in the session's database.
 */
export const refuseContained = async (session: Session, login: string): Promise<void> => {
  const [user] = await session.query<{ database: string }>(
    `SELECT DB_NAME() AS [database] FROM sys.database_principals
      WHERE name = @login AND type = 'S' AND authentication_type = 2`,
    { login },
  );
  if (!user) return;
  throw new EngineError(
    'strategy-impossible',
    `"${login}" is a contained user of the database "${user.database}", with a password of its own that a rotation does not change; nothing was changed. Create a login of another name with a user of the same rights, put it into the secret and deploy, then rotate`,
    { retryable: false },
  );
};

/**
 * Gives a login a password. A disabled one stays disabled.
 *
 * `ALTER LOGIN` takes no parameters, so the server puts the statement together, with its own quoting; the values come to
 * it as parameters.
 */
export const setPassword = async (session: Session, { username, password }: Credential): Promise<void> => {
  await session.change(
    `DECLARE @statement nvarchar(max) =
       N'ALTER LOGIN ' + QUOTENAME(@login) + N' WITH PASSWORD = N' + QUOTENAME(@password, N'''');
     EXEC (@statement);`,
    { login: username, password },
  );
};

/** No password is valid afterwards that anybody knows. It is blocked so, and not disabled: that a person did. */
export const forgetPassword = (session: Session, username: string): Promise<void> =>
  setPassword(session, { username, password: randomPasswords.generate() });

/** With a password that nobody knows. */
export const createLogin = async (session: Session, login: string): Promise<void> => {
  await session.change(
    `DECLARE @statement nvarchar(max) =
       N'CREATE LOGIN ' + QUOTENAME(@login) + N' WITH PASSWORD = N' + QUOTENAME(@password, N'''');
     EXEC (@statement);`,
    { login, password: randomPasswords.generate() },
  );
};

/** A login that is nobody's admin must prove that it knows its password. */
export const setOwnPassword = async (session: Session, old: Credential, password: string): Promise<void> => {
  await session.change(
    `DECLARE @statement nvarchar(max) =
       N'ALTER LOGIN ' + QUOTENAME(@login) + N' WITH PASSWORD = N' + QUOTENAME(@password, N'''')
       + N' OLD_PASSWORD = N' + QUOTENAME(@old, N'''');
     EXEC (@statement);`,
    { login: old.username, password, old: old.password },
  );
};

/** @throws DatabaseError `database-privilege`, naming what lacks. */
export const requirePermissions = async (
  session: Session,
  required: readonly { readonly on: 'SERVER' | 'DATABASE'; readonly permission: string; readonly for: string }[],
): Promise<void> => {
  for (const { on, permission, for: purpose } of required) {
    const securable = on === 'SERVER' ? 'NULL, NULL' : "DB_NAME(), 'DATABASE'";
    const [row] = await session.query<{ admin: string; has: number | null }>(
      `SELECT ORIGINAL_LOGIN() AS admin, HAS_PERMS_BY_NAME(${securable}, @permission) AS has`,
      { permission },
    );
    if (row?.has === 1) continue;
    throw new DatabaseError(
      'privilege',
      `The admin "${row?.admin ?? '?'}" may not ${purpose}: grant it ${permission} on the ${on.toLowerCase()}`,
      { retryable: false },
    );
  }
};
