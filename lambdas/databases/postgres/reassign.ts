/** Gives what some roles own in this database to another role. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import { DatabaseError } from '../errors.ts';
import { intoLots, lockBudget } from './lock-lots.ts';
import { missingPrivilege } from './session/roles.ts';
import type { Session } from './session/session.ts';

interface OwnedObject {
  /** As ALTER wants it: `TABLE public.orders`. */
  readonly target: string;
  readonly relation: boolean;
  /** Locks that a change of owner takes: of the table, its indexes, its TOAST table, its sequences. */
  readonly locks: number;
}

/**
 * Default privileges and user mappings have owners in the server's books, but belong to their role and no other. What is
 * in a temporary schema goes with its session; a sequence of a column follows its table.
 */
const ownedQuery = `
  SELECT CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE' ELSE upper(i.type) END || ' ' || i.identity AS target,
         c.oid IS NOT NULL AS relation,
         coalesce(1 + (SELECT count(*) FROM pg_index x WHERE x.indrelid = c.oid) + CASE WHEN c.reltoastrelid <> 0 THEN 2 ELSE 0 END
                    + (SELECT count(*) FROM pg_depend s WHERE s.refclassid = 'pg_class'::regclass AND s.refobjid = c.oid AND s.classid = 'pg_class'::regclass AND s.deptype IN ('a', 'i')), 0)::int AS locks
    FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
         CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
         LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
   WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND r.rolname = ANY($1)
     AND d.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
     AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
     AND coalesce(i.schema, '') !~ '^pg_(toast_)?temp' AND coalesce(c.relpersistence, 'p') <> 't'
     AND i.identity IS NOT NULL AND i.type NOT LIKE 'toast table%'
     AND NOT (coalesce(c.relkind, '') = 'S' AND EXISTS (
           SELECT FROM pg_depend o WHERE o.classid = d.classid AND o.objid = d.objid AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')))
   ORDER BY c.oid`;

const ownedBy = (session: Session, roles: readonly string[]): Promise<OwnedObject[]> =>
  session.query<OwnedObject>(ownedQuery, [roles]);

/** How long other sessions may wait behind us for a table whose owner changes. */
const ownerLockTimeoutMs = 2_000;

/**
 * In the transaction that is open. The admin must act as all of the roles.
 *
 * Changing an owner takes an exclusive lock, and every session that needs the table queues behind it: so we rather give up and are
 * called again.
 */
export const reassign = async (session: Session, from: readonly string[], to: string): Promise<void> => {
  const owned = await ownedBy(session, from);
  if (owned.length === 0) return;
  const all = `REASSIGN OWNED BY ${from.map(escapeIdentifier).join(', ')} TO ${escapeIdentifier(to)}`;
  // It would wait for the temporary tables of sessions too.
  const temporary = await ownsTemporary(session, from);
  await giving(session, from, to, temporary ? owned.map((object) => altering(object, to)) : [all]);
};

/** The same without what takes locks on tables, for a transaction that is undone: what can't be done throws. */
export const rehearseReassign = async (session: Session, from: readonly string[], to: string): Promise<void> => {
  const owned = await ownedBy(session, from);
  const harmless = owned.filter(({ relation, target }) => !relation && !/^(EXTENSION|LARGE OBJECT) /.test(target));
  await giving(
    session,
    from,
    to,
    harmless.map((object) => altering(object, to)),
  );
};

/** Relations in lots, each of which fits into the server's table of locks. */
export const lotsOf = async (session: Session, from: readonly string[]): Promise<readonly (readonly string[])[]> => {
  const relations = (await ownedBy(session, from)).filter(({ relation }) => relation);
  return intoLots(relations, await lockBudget(session)).map((lot) => lot.map(({ target }) => target));
};

/** One lot, in the transaction that is open. What was dropped meanwhile makes it fail, and the next try leaves it out. */
export const reassignLot = (session: Session, from: readonly string[], to: string, lot: readonly string[]) =>
  giving(
    session,
    from,
    to,
    lot.map((target) => altering({ target }, to)),
  );

const altering = ({ target }: Pick<OwnedObject, 'target'>, to: string): string =>
  `ALTER ${target} OWNER TO ${escapeIdentifier(to)}`;

const ownsTemporary = async (session: Session, roles: readonly string[]): Promise<boolean> => {
  const [row] = await session.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                     WHERE r.rolname = ANY($1) AND c.relpersistence = 't') AS any`,
    [roles],
  );
  return row?.any ?? false;
};

const giving = async (
  session: Session,
  names: readonly string[],
  to: string,
  changes: readonly string[],
): Promise<void> => {
  const lent = await schemasToLend(session, names, to);
  const role = escapeIdentifier(to);
  const [before] = await session.query<{ timeout: string }>("SELECT current_setting('lock_timeout') AS timeout");
  const statements = [
    `SET LOCAL lock_timeout = ${ownerLockTimeoutMs}`,
    ...lent.map(({ schema }) => `GRANT CREATE ON SCHEMA ${escapeIdentifier(schema)} TO ${role}`),
    ...changes,
    // A schema that changed hands with the rest is the new owner's: there, nothing was lent.
    ...lent
      .filter(({ owned }) => !owned)
      .map(({ schema }) => `REVOKE CREATE ON SCHEMA ${escapeIdentifier(schema)} FROM ${role}`),
    `SET LOCAL lock_timeout = ${escapeLiteral(before?.timeout ?? '0')}`,
  ];
  try {
    await session.run(statements);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    throw missingPrivilege(
      `Could not give "${to}" what ${names.map((name) => `"${name}"`).join(' and ')} own: ${error.message}; ${remedyFor(error.message)}`,
      error,
    );
  }
};

const remedyFor = (message: string): string => {
  if (message.includes('event trigger')) return 'only a superuser can own an event trigger: give it to one';
  if (/publication|subscription/.test(message)) {
    return 'give the publication or subscription to a role that may have it, such as the admin';
  }
  return 'give the admin CREATE on what is named, for schemas with grant option';
};

interface LentSchema {
  readonly schema: string;
  /** Whether the schema itself changes hands. */
  readonly owned: boolean;
}

/**
 * The server wants the new owner to have CREATE in the schema of what it gets, also where the old one has lost it since.
 * `REASSIGN OWNED` wants it of functions and their like only.
 */
const schemasToLend = (session: Session, owners: readonly string[], to: string): Promise<readonly LentSchema[]> =>
  session.query<LentSchema>(
    `SELECT DISTINCT n.nspname AS schema, n.nspowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY($1)) AS owned
       FROM (SELECT pronamespace AS schema, proowner AS owner FROM pg_proc
             UNION ALL SELECT oprnamespace, oprowner FROM pg_operator
             UNION ALL SELECT opcnamespace, opcowner FROM pg_opclass
             UNION ALL SELECT opfnamespace, opfowner FROM pg_opfamily
             UNION ALL SELECT collnamespace, collowner FROM pg_collation
             UNION ALL SELECT connamespace, conowner FROM pg_conversion
             UNION ALL SELECT cfgnamespace, cfgowner FROM pg_ts_config
             UNION ALL SELECT dictnamespace, dictowner FROM pg_ts_dict
             UNION ALL SELECT stxnamespace, stxowner FROM pg_statistic_ext
             UNION ALL SELECT typnamespace, typowner FROM pg_type
             UNION ALL SELECT relnamespace, relowner FROM pg_class WHERE relpersistence <> 't') o
            JOIN pg_namespace n ON n.oid = o.schema JOIN pg_roles r ON r.oid = o.owner
      WHERE r.rolname = ANY($1) AND NOT has_schema_privilege($2, n.oid, 'CREATE')
        AND has_schema_privilege(current_user, n.oid, 'CREATE WITH GRANT OPTION')`,
    [owners, to],
  );
