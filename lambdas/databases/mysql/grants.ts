/** Brings the rights of an account to exactly the declared ones: missing ones are granted, others are revoked. */
import type { Grants, SchemaPrivilege } from '../../../lib/contract/index.ts';
import type { RevokedRight } from '../port.ts';
import { DatabaseError, EngineError } from '../errors.ts';
import { accountName, type Account } from './account.ts';
import { serverError } from './classify.ts';
import type { Dialect } from './dialect.ts';
import { rightKey, rightsIn, type Right } from './grant-lines.ts';
import type { Session } from './session.ts';

/** What an account was given itself, without what its roles have. */
export const rightsOf = async (session: Session, account: Pick<Account, 'username' | 'host'>): Promise<Right[]> =>
  (await showGrants(session, `FOR ${accountName(account)}`)).flatMap(rightsIn);

/** What the catalog's grants are here, where a schema is a database. */
export const catalogRights = async (session: Session, dialect: Dialect, grants: Grants): Promise<Right[]> => {
  const wanted = await asStored(session, grants);
  await refuseMissingDatabases(session, wanted);
  const granted = await dialect.grantedDatabase(session);
  return Object.entries(wanted).flatMap(([database, privilege]) =>
    privilegesOf[privilege].map((name) => ({
      kind: 'privilege' as const,
      name,
      object: `${granted(database)}.*`,
      passedOn: false,
    })),
  );
};

/** A server can keep the names of databases in lower case, also those in grants. */
const asStored = async (session: Session, grants: Grants): Promise<Grants> => {
  const [names] = await session.query<{ lower: number }>('SELECT @@lower_case_table_names AS lower');
  if (Number(names?.lower) === 0) return grants;
  return Object.fromEntries(Object.entries(grants).map(([database, privilege]) => [database.toLowerCase(), privilege]));
};

/** @throws DatabaseError `database-privilege` if the admin may not grant or revoke, or the server passes over it. */
export const reconcileRights = async (
  session: Session,
  account: Account,
  wanted: readonly Right[],
  onRevoked?: (right: RevokedRight) => void,
): Promise<void> => {
  const name = accountName(account);
  const before = await rightsOf(session, account);
  const impossible = new Set<string>();
  for (let round = 1; ; round++) {
    const held = round === 1 ? before : await rightsOf(session, account);
    const { excess, missing } = difference(held, wanted);
    const open = missing.filter((right) => !impossible.has(rightKey(right)));
    if (excess.length === 0 && open.length === 0) {
      for (const right of taken(before, held)) onRevoked?.(revokedRight(account.username, right));
      return;
    }
    if (round > rounds) throw halfMeasures(name, [...excess, ...open]);
    for (const rights of batches(excess)) await changeRights(session, revocation(rights, name));
    for (const rights of batches(open)) {
      const granted = await changeRights(session, grant(rights, name));
      // A right on something that was dropped since stays with the one who has it, and can be given to nobody else.
      if (!granted) for (const right of rights) impossible.add(rightKey(right));
    }
  }
};

/** What a reconciliation would take away, without doing it. */
export const excessRights = async (
  session: Session,
  account: Account,
  wanted: readonly Right[],
): Promise<RevokedRight[]> =>
  taken(await rightsOf(session, account), wanted).map((right) => revokedRight(account.username, right));

const revokedRight = (username: string, { kind, name, object }: Right): RevokedRight =>
  kind === 'role' || kind === 'proxy'
    ? { username, privilege: kind, object: name }
    : { username, privilege: name, object };

/** The lines that `SHOW GRANTS` gives. @param whose - `FOR` and a quoted account; empty for the session and its roles. */
export const showGrants = async (session: Session, whose: string): Promise<string[]> => {
  const rows = await session.query<Record<string, string>>(`SHOW GRANTS ${whose}`);
  return rows.flatMap((row) => Object.values(row));
};

const readWrite = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

const privilegesOf: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['SELECT'],
  'read-write': readWrite,
  migrate: [
    ...readWrite,
    'CREATE',
    'ALTER',
    'DROP',
    'INDEX',
    'REFERENCES',
    'CREATE VIEW',
    'SHOW VIEW',
    'TRIGGER',
    'CREATE ROUTINE',
    'ALTER ROUTINE',
    // A trigger calls functions with the rights of the user who made it.
    'EXECUTE',
  ],
};

/** One pass that changes, and one that restores what went with a larger right that was revoked. A third would change nothing. */
const rounds = 2;

const nothingThere = [
  serverError.noSuchTable,
  serverError.noSuchColumn,
  serverError.noSuchRoutine,
  serverError.noSuchGrant,
  serverError.noSuchTableGrant,
  serverError.noSuchRoutineGrant,
];

/** `false` if there is nothing to grant or revoke it on. */
const changeRights = (session: Session, statement: string): Promise<boolean> =>
  session.changeUnless(nothingThere, statement, statement);

const all = 'ALL PRIVILEGES';

/** To end a restriction takes no right away; of one that stays, but may not be passed on any more, only that. */
const taken = (held: readonly Right[], left: readonly Right[]): Right[] => {
  const leftKeys = new Set(left.map(rightKey));
  return difference(held, left)
    .excess.filter(({ kind }) => kind !== 'restriction')
    .map((right) =>
      leftKeys.has(rightKey({ ...right, passedOn: false })) ? { ...right, name: `passing on ${right.name}` } : right,
    );
};

const difference = (held: readonly Right[], wanted: readonly Right[]) => {
  const heldKeys = new Set(held.map(rightKey));
  const wantedKeys = new Set(wanted.map(rightKey));
  /** To revoke one of all privileges would leave all but one. */
  const allOn = new Set(wanted.filter(({ name }) => name === all).map(({ object }) => object));
  return {
    excess: held.filter(
      (right) =>
        !wantedKeys.has(rightKey(right)) &&
        // One that may be passed on too is granted over it.
        !wantedKeys.has(rightKey({ ...right, passedOn: true })) &&
        !(right.kind === 'privilege' && right.name !== 'GRANT OPTION' && allOn.has(right.object)),
    ),
    missing: wanted.filter((right) => !heldKeys.has(rightKey(right))),
  };
};

/** What one statement can name together: the privileges on one object. Restrictions last: they need what they restrict. */
const batches = (rights: readonly Right[]): Right[][] => {
  const grouped = new Map<string, Right[]>();
  for (const right of rights) {
    const alone = right.kind === 'role' || right.kind === 'proxy' || right.name === all ? right.name : '';
    const key = [right.kind, right.object, right.passedOn, alone].join('\u0000');
    grouped.set(key, [...(grouped.get(key) ?? []), right]);
  }
  const last = (batch: readonly Right[]): number => (first(batch).kind === 'restriction' ? 1 : 0);
  return [...grouped.values()].sort((a, b) => last(a) - last(b));
};

const grant = (rights: readonly Right[], to: string): string => {
  const { kind, object, passedOn } = first(rights);
  const names = rights.map(({ name }) => name).join(', ');
  switch (kind) {
    case 'privilege':
      return `GRANT ${names} ON ${object} TO ${to}`;
    case 'dynamic':
      return `GRANT ${names} ON ${object} TO ${to}${passedOn ? ' WITH GRANT OPTION' : ''}`;
    case 'restriction':
      return `REVOKE ${names} ON ${object} FROM ${to}`;
    case 'role':
      return `GRANT ${names} TO ${to}${passedOn ? ' WITH ADMIN OPTION' : ''}`;
    case 'proxy':
      return `GRANT PROXY ON ${names} TO ${to}${passedOn ? ' WITH GRANT OPTION' : ''}`;
  }
};

const revocation = (rights: readonly Right[], from: string): string => {
  const { kind, object } = first(rights);
  const names = rights.map(({ name }) => name).join(', ');
  switch (kind) {
    case 'privilege':
    case 'dynamic':
      return `REVOKE ${names} ON ${object} FROM ${from}`;
    case 'restriction':
      return `GRANT ${names} ON ${object} TO ${from}`;
    case 'role':
      return `REVOKE ${names} FROM ${from}`;
    case 'proxy':
      return `REVOKE PROXY ON ${names} FROM ${from}`;
  }
};

const first = (rights: readonly Right[]): Right => {
  const [right] = rights;
  if (!right) throw new RangeError('a batch without rights');
  return right;
};

const refuseMissingDatabases = async (session: Session, grants: Grants): Promise<void> => {
  const rows = await session.query<{ name: string }>('SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA');
  const present = new Set(rows.map(({ name }) => name));
  const missing = Object.keys(grants).filter((database) => !present.has(database));
  if (missing.length === 0) return;
  throw new EngineError(
    'schema-missing',
    `The grants name the database ${missing.map((database) => `"${database}"`).join(', ')}, which the server does not have or does not show to the admin: create it, or take it out of the catalog`,
    { retryable: false },
  );
};

const halfMeasures = (name: string, rights: readonly Right[]): DatabaseError =>
  new DatabaseError(
    'privilege',
    `Could not bring the rights of ${name} to what is declared: ${rights.map(({ name: right, object }) => `${right}${object && ` on ${object}`}`).join(', ')}; grant the admin these WITH GRANT OPTION (a role WITH ADMIN OPTION)`,
    { retryable: false },
  );
