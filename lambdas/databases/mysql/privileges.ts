/** What an admin needs, found out before anything is changed. */
import type { AdminTask } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { rightsIn, type Right } from './grant-lines.ts';
import { catalogRights, showGrants } from './grants.ts';
import { refuseDisabled } from './inspect.ts';
import { inactiveRoles } from './roles.ts';
import type { Session } from './session.ts';
import { findUser, userMissing } from './users.ts';

/** @throws DatabaseError `database-privilege`, with all that lacks; EngineError `user-missing`, `user-reserved`, `schema-missing`. */
export const checkAdminFor = async (session: Session, dialect: Dialect, task: AdminTask): Promise<void> => {
  const { username, strategy, grants, twin } = task;
  // Everybody may change its own password.
  if (strategy === 'admin' && username === session.username) return;
  const held = await ownRights(session);
  const lacking = [
    ...(hasEverywhere(held, ['CREATE USER']) ? [] : ['CREATE USER ON *.*']),
    ...(mayRead(held) ? [] : ['SELECT ON mysql.*']),
    ...((grants || strategy === 'alternating-users') && !mayGrant(held) ? ['GRANT OPTION'] : []),
    ...(strategy === 'alternating-users' ? await lackingToEndSessions(session, dialect, held) : []),
  ];
  if (lacking.length > 0) throw await lacks(session, lacking);
  const accounts = await findUser(session, dialect, username);
  if (accounts.length === 0 && !grants) throw userMissing(username);
  await refuseDisabled(session, accounts);
  if (twin !== undefined) await refuseDisabled(session, await findUser(session, dialect, twin));
  if (grants) await catalogRights(session, dialect, grants);
};

/** Whether the session's user may change other users, its own other accounts among them. */
export const mayChangeUsers = async (session: Session): Promise<boolean> =>
  hasEverywhere(await ownRights(session), ['CREATE USER']);

/**
 * How this admin ends a session: with the server's statement, or on RDS with a procedure of its.
 *
 * @throws DatabaseError `database-privilege` if it may do neither, or may not see the sessions of others: it would seem
 * that there are none.
 */
export const killsWith = async (session: Session, dialect: Dialect): Promise<(id: number) => string> => {
  const held = await ownRights(session);
  const lacking = await lackingToEndSessions(session, dialect, held);
  if (lacking.length > 0) throw await lacks(session, lacking);
  return hasEverywhere(held, dialect.killPrivileges) ? (id) => `KILL ${id}` : (id) => `CALL mysql.rds_kill(${id})`;
};

/** With those of the roles that are active in this session: the admin of RDS has its privileges through one. */
const ownRights = async (session: Session): Promise<readonly Right[]> => {
  const [row] = await session.query<{ roles: string | null }>('SELECT CURRENT_ROLE() AS roles');
  const roles = row?.roles ?? 'NONE';
  // MySQL names them quoted, ready to be used; MariaDB shows the grants of the active role if no user is named.
  const whose = roles.startsWith('`') ? `FOR CURRENT_USER() USING ${roles}` : '';
  return (await showGrants(session, whose)).flatMap(rightsIn);
};

const lackingToEndSessions = async (session: Session, dialect: Dialect, held: readonly Right[]): Promise<string[]> => {
  const seen = hasEverywhere(held, ['PROCESS']) ? [] : ['PROCESS ON *.*'];
  if (hasEverywhere(held, dialect.killPrivileges) || (await hasRdsKill(session))) return seen;
  return [...seen, `${dialect.killPrivileges.join(' or ')} ON *.*`];
};

const hasRdsKill = async (session: Session): Promise<boolean> => {
  const rows = await session.query(
    "SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'mysql' AND ROUTINE_NAME = 'rds_kill'",
  );
  return rows.length > 0;
};

const hasEverywhere = (held: readonly Right[], names: readonly string[]): boolean =>
  held.some(({ name, object }) => object === '*.*' && (name === 'ALL PRIVILEGES' || names.includes(name)));

const mayRead = (held: readonly Right[]): boolean =>
  hasEverywhere(held, ['SELECT']) ||
  held.some(({ name, object }) => object.startsWith('`mysql`.') && (name === 'ALL PRIVILEGES' || name === 'SELECT'));

/** On which objects is not said in advance: the server judges each grant by itself. */
const mayGrant = (held: readonly Right[]): boolean => held.some(({ name }) => name === 'GRANT OPTION');

const lacks = async (session: Session, lacking: readonly string[]): Promise<DatabaseError> => {
  const roles = await inactiveRoles(session);
  const inactive =
    roles.length === 0
      ? ''
      : `; it has roles that are not active (${roles.join(', ')}): if one of them has all of that, make it the default (SET DEFAULT ROLE)`;
  return new DatabaseError(
    'privilege',
    `The admin "${session.username}" lacks ${lacking.join(', ')}: grant it${inactive}`,
    { retryable: false },
  );
};
