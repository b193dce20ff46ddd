/** A user has the privileges of its roles only if they are active, and by default they may not be. */
import { escapeId } from 'mysql2';
import type { Session } from './session.ts';

/** All roles of the session's user: MySQL has a word for that; in MariaDB one role is active, with those that it has. */
export const activateRoles = async (session: Pick<Session, 'query'>): Promise<void> => {
  const [row] = await session.query<{ role: string | null; version: string }>(
    'SELECT CURRENT_ROLE() AS role, VERSION() AS version',
  );
  if (!row) return;
  if (!/mariadb/i.test(row.version)) {
    await session.query('SET ROLE ALL');
    return;
  }
  if (row.role !== null) return;
  const [only, ...others] = await session.query<{ name: string }>(
    'SELECT DISTINCT ROLE_NAME AS name FROM information_schema.APPLICABLE_ROLES WHERE GRANTEE = CURRENT_USER()',
  );
  if (only && others.length === 0) await session.query(`SET ROLE ${escapeId(only.name, true)}`);
};

/** Roles that the user has and that are not active, quoted. */
export const inactiveRoles = async (session: Pick<Session, 'query'>): Promise<readonly string[]> => {
  const rows = await session.query<{ name: string }>(
    `SELECT DISTINCT ROLE_NAME AS name FROM information_schema.APPLICABLE_ROLES
      WHERE ROLE_NAME NOT IN (SELECT ROLE_NAME FROM information_schema.ENABLED_ROLES WHERE ROLE_NAME IS NOT NULL)
      ORDER BY 1`,
  );
  return rows.map(({ name }) => escapeId(name, true));
};
