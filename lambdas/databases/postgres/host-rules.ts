/** Predicts what pg_hba.conf does with a login, where this admin may read its rules. They hold whatever the password. */
import { DatabaseError } from '../errors.ts';
import type { LoginBarrier } from '../port.ts';
import type { Session } from './session/session.ts';

export interface HostRule {
  /** As in pg_hba.conf; `undefined` if no line fits. */
  readonly method: string | undefined;
  /** Why a login with a password is refused. */
  readonly barrier?: LoginBarrier;
}

/**
 * The first line that fits a login from where this session comes from. `undefined` if it can't be told: the rules are
 * not readable (as on RDS), have an error (the server then keeps those before), or go by a host name or network that
 * only the server can look up.
 */
export const hostRuleFor = async (session: Session, username: string): Promise<HostRule | undefined> => {
  const [access] = await session.query<{ readable: boolean }>(
    "SELECT has_function_privilege('pg_hba_file_rules()', 'EXECUTE') AS readable",
  );
  if (!access?.readable) return undefined;
  const [rule] = await session.query<Rule>(firstFitting, [username]);
  if (rule && (!rule.valid || !rule.known)) return undefined;
  const barrier = barrierOf(rule, username);
  return { method: rule?.method, ...(barrier && { barrier }) };
};

/** @throws DatabaseError `database-locked` if the rules refuse the user. */
export const refuseByHostRules = async (session: Session, username: string): Promise<void> => {
  const barrier = (await hostRuleFor(session, username))?.barrier;
  if (!barrier) return;
  throw new DatabaseError(
    'locked',
    `User "${username}" would be refused whatever its password: ${barrier.detail}. Nothing was changed; change pg_hba.conf and reload it, then rotate`,
    { retryable: false },
  );
};

interface Rule {
  /** Whether all lines could be read. */
  readonly valid: boolean;
  /** Whether the address is one that can be compared here. */
  readonly known: boolean;
  readonly line: number;
  readonly method: string;
  readonly options: readonly string[] | null;
}

/** What asks for a password, wherever it is checked. `trust` takes any. */
const byPassword: ReadonlySet<string> = new Set([
  'scram-sha-256',
  'md5',
  'password',
  'trust',
  'ldap',
  'pam',
  'radius',
  'bsd',
]);

const barrierOf = (rule: Rule | undefined, username: string): LoginBarrier | undefined => {
  if (!rule) {
    return {
      kind: 'host',
      detail: `no line of pg_hba.conf fits "${username}" from this address, for this database and TLS`,
    };
  }
  const line = `line ${rule.line} of pg_hba.conf`;
  if (rule.method === 'reject') return { kind: 'host', detail: `${line} rejects it` };
  if (rule.method === 'cert' || rule.options?.some((option) => option.startsWith('clientcert=verify'))) {
    return { kind: 'certificate', detail: `${line} wants a client certificate` };
  }
  if (byPassword.has(rule.method)) return undefined;
  return { kind: 'policy', detail: `${line} asks for ${rule.method} and takes no password` };
};

/**
 * A keyword that was quoted in the file looks like the keyword here. Superusers are members of every role, and pg_hba.conf
 * does not count that; so memberships are followed one by one. Patterns begin with a slash, since PostgreSQL 16.
 */
const firstFitting = `
  WITH RECURSIVE groups (oid) AS (
    SELECT oid FROM pg_roles WHERE rolname = $1
    UNION SELECT m.roleid FROM pg_auth_members m JOIN groups ON m.member = groups.oid
  ), names AS (SELECT r.rolname::text AS name FROM groups JOIN pg_roles r ON r.oid = groups.oid),
  own AS (
    SELECT $1::text AS username, current_database()::text AS dbname, inet_client_addr() AS address,
           coalesce((SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()), false) AS ssl
  ), rules AS (
    SELECT r.*, own.address AS client, own.username, own.dbname, own.ssl FROM pg_hba_file_rules() WITH ORDINALITY r, own
  )
  SELECT NOT EXISTS (SELECT FROM rules WHERE error IS NOT NULL) AS valid,
         netmask IS NOT NULL OR address = 'all' AS known, line_number AS line, auth_method AS method, options
    FROM rules
   WHERE error IS NULL
     AND (type IN ('host', 'hostnogssenc') OR type = CASE WHEN ssl THEN 'hostssl' ELSE 'hostnossl' END)
     AND EXISTS (SELECT FROM unnest(database) word WHERE word = 'all' OR word = dbname
                  OR (word = 'sameuser' AND username = dbname)
                  OR (word IN ('samerole', 'samegroup') AND dbname IN (SELECT name FROM names))
                  OR CASE WHEN word ~ '^/' THEN dbname ~ substr(word, 2) ELSE false END)
     AND EXISTS (SELECT FROM unnest(user_name) word WHERE word = 'all' OR word = username
                  OR (word ~ '^\\+' AND substr(word, 2) IN (SELECT name FROM names))
                  OR CASE WHEN word ~ '^/' THEN username ~ substr(word, 2) ELSE false END)
     AND CASE WHEN netmask IS NULL THEN true
              WHEN family(netmask::inet) <> family(client) THEN false
              ELSE host(client & netmask::inet) = host(address::inet & netmask::inet) END
   ORDER BY ordinality LIMIT 1`;
