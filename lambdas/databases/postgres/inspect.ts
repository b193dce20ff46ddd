/** What the server knows of a user's login, as far as this admin may read it. No login as the user is tried. */
import type { Credential, LoginBarrier, UserInspection } from '../port.ts';
import { isBlockedByRotation, restraintOf } from './containment.ts';
import { hostRuleFor } from './host-rules.ts';
import { rolesQuery, type Role } from './session/roles.ts';
import type { Session } from './session/session.ts';
import { isPasswordOf } from './stored-password.ts';

export const inspect = async (session: Session, { username, password }: Credential): Promise<UserInspection> => {
  const [role] = (await session.query<Role>(rolesQuery, [[username]])).filter(({ name }) => name === username);
  if (!role) return { password: 'no-such-user' };
  const stored = await storedPassword(session, username);
  const barrier = await barrierOf(session, role, stored);
  return { password: await compare(stored, { username, password }), ...(barrier && { barrier }) };
};

/** `undefined` if this admin may not read it, as on RDS. */
const storedPassword = async (session: Session, username: string): Promise<string | null | undefined> => {
  const [access] = await session.query<{ readable: boolean }>(
    "SELECT has_column_privilege('pg_authid', 'rolpassword', 'SELECT') AS readable",
  );
  if (!access?.readable) return undefined;
  const [row] = await session.query<{ stored: string | null }>(
    'SELECT rolpassword AS stored FROM pg_authid WHERE rolname = $1',
    [username],
  );
  return row?.stored ?? null;
};

const compare = async (
  stored: string | null | undefined,
  credential: Credential,
): Promise<UserInspection['password']> => {
  const matches = stored === undefined ? undefined : await isPasswordOf(stored, credential);
  if (matches === undefined) return 'unreadable';
  return matches ? 'matches' : 'differs';
};

const limitsQuery = `
  SELECT d.datallowconn AS "takesConnections", d.datconnlimit AS "databaseLimit",
         (SELECT count(*)::int FROM pg_stat_activity a WHERE a.datid = d.oid) AS "databaseSessions",
         (SELECT count(*)::int FROM pg_stat_activity a WHERE a.usename = $1) AS sessions,
         EXISTS (SELECT FROM pg_roles i WHERE i.rolname = 'rds_iam' AND pg_has_role($1, i.oid, 'MEMBER')) AS iam
    FROM pg_database d WHERE d.datname = current_database()`;

interface Limits {
  readonly takesConnections: boolean;
  readonly databaseLimit: number;
  readonly databaseSessions: number;
  readonly sessions: number;
  readonly iam: boolean;
}

const barrierOf = async (
  session: Session,
  role: Role,
  stored: string | null | undefined,
): Promise<LoginBarrier | undefined> => {
  if (!role.login && isBlockedByRotation(role)) return undefined;
  const restraint = restraintOf(role);
  if (restraint) {
    const kind = !role.login ? 'disabled' : role.expired ? 'expired' : 'limit';
    return { kind, detail: restraint.detail };
  }
  const [limits] = await session.query<Limits>(limitsQuery, [role.name]);
  if (!limits) return undefined;
  if (limits.iam) {
    return { kind: 'policy', detail: 'it is a member of rds_iam, so that RDS takes IAM tokens and no password' };
  }
  const rule = await hostRuleFor(session, role.name);
  if (rule?.barrier) return rule.barrier;
  if (rule?.method === 'scram-sha-256' && stored?.startsWith('md5')) {
    return {
      kind: 'policy',
      detail:
        'its password is stored as MD5, and pg_hba.conf asks for scram-sha-256: set the password again, or let that line ask for md5',
    };
  }
  if (role.superuser) return undefined;
  if (role.connectionLimit > 0 && limits.sessions >= role.connectionLimit) {
    return { kind: 'limit', detail: `its CONNECTION LIMIT of ${role.connectionLimit} is reached` };
  }
  // Our own session counts too, and ends with this.
  if (limits.databaseLimit >= 0 && limits.databaseSessions - 1 >= limits.databaseLimit) {
    return { kind: 'limit', detail: `the CONNECTION LIMIT of its database, ${limits.databaseLimit}, is reached` };
  }
  return limits.takesConnections ? undefined : { kind: 'policy', detail: 'its database takes no connections' };
};
