/** Takes what a user was granted beyond what the catalog says. */
import { escapeIdentifier } from 'pg';
import type { Grants, SchemaPrivilege } from '../../../lib/contract/index.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { RevokedRight } from '../port.ts';
import { actingAs } from './act-as.ts';
import { schemaPrivileges, sequencePrivileges, tablePrivileges } from './grant-levels.ts';
import { refuseHalfMeasures } from './half-measures.ts';
import { intoLots, lockBudget, locksOf, refuseWithoutTime } from './lock-lots.ts';
import { migrationUsers } from './migration-users.ts';
import { notTemporary } from './rights/privileges.ts';
import type { Right } from './rights/right.ts';
import { statementsOf } from './rights/statements.ts';
import type { Trial } from './rights/trial.ts';
import { lookUpRoles, missingPrivilege } from './session/roles.ts';
import type { Session } from './session/session.ts';

interface Held {
  readonly kind: 'schema' | 'table' | 'sequence' | 'default-table' | 'default-sequence';
  readonly schema: string;
  /** The object; for defaults the role whose future objects they are for. */
  readonly name: string;
  /** A table or sequence as the server quotes it. */
  readonly quoted: string;
  readonly privilege: string;
  readonly grantable: boolean;
  /** Whether a REVOKE of this admin certainly takes it. */
  readonly sure: boolean;
}

/** Direct grants to the user on what it does not own. */
const heldQuery = `
  WITH grantee AS (SELECT oid FROM pg_roles WHERE rolname = $1)
  SELECT 'schema' AS kind, n.nspname AS schema, '' AS name, '' AS quoted, a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable,
         false AS sure
    FROM pg_namespace n, aclexplode(n.nspacl) a, grantee
   WHERE a.grantee = grantee.oid AND n.nspowner <> grantee.oid AND ${notTemporary('n.nspname')}
   GROUP BY n.nspname, a.privilege_type
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), a.privilege_type, bool_or(a.is_grantable),
         pg_has_role(current_user, c.relowner, 'USAGE') AND bool_and(a.grantor = c.relowner AND NOT a.is_grantable)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a, grantee
   WHERE a.grantee = grantee.oid AND c.relowner <> grantee.oid AND c.relpersistence <> 't'
   GROUP BY c.relkind, n.nspname, c.relname, c.relowner, a.privilege_type
  UNION ALL
  SELECT CASE d.defaclobjtype WHEN 'S' THEN 'default-sequence' ELSE 'default-table' END, n.nspname, r.rolname, '', a.privilege_type,
         bool_or(a.is_grantable), false
    FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace JOIN pg_roles r ON r.oid = d.defaclrole,
         aclexplode(d.defaclacl) a, grantee
   WHERE a.grantee = grantee.oid AND d.defaclobjtype IN ('r', 'S') AND r.rolname <> $1
   GROUP BY d.defaclobjtype, n.nspname, r.rolname, a.privilege_type`;

const excessOf = async (session: Session, username: string, grants: Grants): Promise<readonly Right[]> => {
  const held = await session.query<Held>(heldQuery, [username]);
  // A schema may be called "constructor".
  const wanted = ({ schema }: Held) => (Object.hasOwn(grants, schema) ? grants[schema] : undefined);
  return held.filter((one) => !isWanted(one, wanted(one))).map((one) => right(username, one));
};

/** In the transaction that is open. */
export const revokeExcess = async (
  session: Session,
  username: string,
  grants: Grants,
  trial?: Trial,
): Promise<readonly RevokedRight[]> => {
  const takes = await excessOf(session, username, grants);
  const differences = { takes, gives: [] };
  if (trial) {
    await trial.run(session, username, differences, async () => ({
      takes: await excessOf(session, username, grants),
      gives: [],
    }));
  } else await session.run(statementsOf(username, differences).map(({ text }) => text));
  return takes.map(asRevoked);
};

/**
 * For grants that are too many for one transaction, each of which locks its table until the end: takes them in several.
 * The session must hold the user's lock.
 *
 * @returns what was taken. @throws DatabaseError `database-privilege`, or retryable if no time is left.
 */
export const revokeInLots = async (
  session: Session,
  username: string,
  grants: Grants,
  deadline: Deadline,
): Promise<readonly RevokedRight[]> => {
  const takes = await excessOf(session, username, grants);
  const lots = intoLots(statementsOf(username, { takes, gives: [] }), await lockBudget(session));
  for (const [done, lot] of lots.entries()) {
    refuseWithoutTime(deadline, `take from "${username}" what the catalog does not grant it`, {
      done,
      lots: lots.length,
    });
    await session.transaction(async () => {
      const others = await migrationUsers(session);
      const roles = await lookUpRoles(session, [username, ...others]);
      const warned = session.warnings.length;
      await actingAs(session, roles, others, () => session.run(lot.map(({ text }) => text)));
      refuseHalfMeasures(session.warnings.slice(warned), username);
    });
  }
  // Of a grant that somebody else gave, the server takes nothing and says nothing.
  if (await revokesMuch(session, username, grants)) {
    throw missingPrivilege(
      `Could not take from "${username}" what the catalog does not grant it: users other than the owners of the objects granted it, and only they can take it back. Ask them whether it is still needed`,
    );
  }
  return takes.map(asRevoked);
};

/** Whether {@link revokeInLots} is needed. */
export const revokesMuch = async (session: Session, username: string, grants: Grants): Promise<boolean> => {
  const takes = await excessOf(session, username, grants);
  return locksOf(statementsOf(username, { takes, gives: [] })) > (await lockBudget(session));
};

const asRevoked = ({ holder, privilege, object }: Right): RevokedRight => ({ username: holder, privilege, object });

const right = (holder: string, held: Held): Right => {
  const { kind, quoted: object, privilege, grantable } = held;
  const words = revoking(held);
  const said = { holder, privilege, object: objectOf(held) };
  const never = () => {
    throw new TypeError('What is too much is not given');
  };
  if (kind !== 'table' && kind !== 'sequence') {
    const take = (from: string) => [`${words} FROM ${escapeIdentifier(from)}`];
    return { ...said, what: words, give: never, take };
  }
  const take = (objects: string, from: string) => `${words} ${objects} FROM ${escapeIdentifier(from)}`;
  return {
    ...said,
    // As the reader of all privileges has it, which must know what a rehearsal takes.
    what: `${privilege} ON ${kind.toUpperCase()} ${object}${grantable ? ' WITH GRANT OPTION' : ''}`,
    give: never,
    take: (from) => [take(object, from)],
    together: { key: words, object, give: never, take },
    sure: { give: false, take: held.sure },
  };
};

/** Up to the object, of which there can be several. */
const revoking = ({ kind, schema: schemaName, name: objectName, privilege }: Held): string => {
  const schema = escapeIdentifier(schemaName);
  const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(objectName)} IN SCHEMA ${schema}`;
  switch (kind) {
    case 'schema':
      return `REVOKE ${privilege} ON SCHEMA ${schema}`;
    case 'table':
      return `REVOKE ${privilege} ON TABLE`;
    case 'sequence':
      return `REVOKE ${privilege} ON SEQUENCE`;
    case 'default-table':
      return `${alter} REVOKE ${privilege} ON TABLES`;
    case 'default-sequence':
      return `${alter} REVOKE ${privilege} ON SEQUENCES`;
  }
};

const objectOf = ({ kind, schema, name }: Held): string => {
  const words: Record<Held['kind'], string> = {
    schema: `schema ${schema}`,
    table: `table ${schema}.${name}`,
    sequence: `sequence ${schema}.${name}`,
    'default-table': `tables in schema ${schema} that ${name} will make`,
    'default-sequence': `sequences in schema ${schema} that ${name} will make`,
  };
  return words[kind];
};

const isWanted = ({ kind, privilege }: Held, wanted: SchemaPrivilege | undefined): boolean => {
  if (wanted === undefined) return false;
  switch (kind) {
    case 'schema':
      return schemaPrivileges[wanted].includes(privilege);
    case 'table':
    case 'default-table':
      return tablePrivileges[wanted].includes(privilege);
    case 'sequence':
    case 'default-sequence':
      return sequencePrivileges[wanted].includes(privilege);
  }
};
