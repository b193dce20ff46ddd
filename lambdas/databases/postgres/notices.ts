/** What a rotation will change or meet that is bound to who the user is, and so can't be made equal. Reads only. */
import type { Notice } from '../port.ts';
import { lotsOf } from './reassign.ts';
import { untouchablePrivileges } from './rights/privileges.ts';
import { ownerOf } from './ownership.ts';
import { planLots } from './rights-in-lots.ts';
import type { Session } from './session/session.ts';

interface Users {
  readonly from: string;
  /** The second user of `alternating-users`. */
  readonly to?: string;
}

export const findNotices = async (session: Session, { from, to }: Users): Promise<readonly Notice[]> => {
  if (to === undefined) return [];
  const owner = ownerOf(to);
  const users = [from, to];
  const found = await session.query<{ what: string; kind: keyof typeof consequences }>(boundQuery, [users, owner]);
  const [server] = await session.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  const circle = { from, to, owner, version: server?.version ?? 0 };
  const skipped = await untouchablePrivileges(session, from, circle);
  const lots = await lotsOf(session, users);
  const plan = await planLots(session, { from, to });
  return [
    ...found.map(({ kind, what }) => notice(kind, what, circle)),
    ...(await jobs(session, users)).map(({ kind, what }) => notice(kind, what, circle)),
    ...skipped.map((what) => ({
      code: 'object-skipped' as const,
      message: `"${to}" will not get ${what}, which "${from}" has: it belongs to an extension or to the provider, and this admin may not grant it; grant it to "${to}" as someone who may, or to PUBLIC`,
    })),
    ...(lots.length > 1
      ? [
          {
            code: 'many-objects' as const,
            message: `"${from}" and "${to}" own so many relations that they move to "${owner}" in ${lots.length} lots, each for a moment under exclusive locks; a first rotation can need more than one try`,
          },
        ]
      : []),
    ...(plan
      ? [
          {
            code: 'many-objects' as const,
            message: `"${from}" has so many privileges by name that "${to}" and "${owner}" get them in ${plan.lots.length} lots; a first rotation can need more than one try. Privileges on ALL TABLES, or of a role that the user is a member of, are quicker`,
          },
        ]
      : []),
  ];
};

interface Names {
  readonly from: string;
  readonly to: string;
  readonly owner: string;
}

const consequences = {
  policy: (what: string, { from, to }: Names) =>
    `${what} depends on the current user: rows of "${from}" are not those of "${to}". Make it depend on a role that both are members of, such as pg_has_role(current_user, …)`,
  default: (what: string, { from, to }: Names) =>
    `${what} depends on the current user: it will be "${from}" or "${to}" in turn`,
  definer: (what: string, { owner }: Names) =>
    `${what} runs with the rights of who owns it, which will be "${owner}": current_user in it is that role`,
  bypass: (what: string, { owner }: Names) =>
    `${what} bypasses row-level security, and "${owner}", which will own its views and functions, does not: they will see fewer rows. Give "${owner}" BYPASSRLS after the first rotation if they need it`,
  prepared: (what: string) => `${what} can be ended only by the user that prepared it: end it before the next rotation`,
  publication: (what: string, { owner }: Names) => `${what} will belong to "${owner}"`,
  'event-trigger': (what: string) =>
    `${what} must belong to a superuser, and can't change hands: give it to one, or the rotation fails`,
  mapping: (what: string, { from, to }: Names) =>
    `${what} is of one of "${from}" and "${to}" only, and has a password that can't be copied: create it for the other too, or the rotation fails`,
  'jobs-hidden': (what: string, { from, to }: Names) =>
    `${what} shows each user its own jobs only: look as a superuser whether one runs as "${from}" or "${to}", which can't log in between its turns`,
  job: (what: string, { from, to }: Names) =>
    `${what} runs as this user, which can't log in between its turns: let it run as a user of its own, not as "${from}" or "${to}"`,
} as const;

const notice = (kind: keyof typeof consequences, what: string, names: Names): Notice => ({
  code: kind === 'bypass' ? 'bypasses-row-security' : 'bound-to-user',
  message: consequences[kind](what, names),
});

/** What mentions the user who runs it. Expressions are as the server writes them. */
const byCurrentUser = '\'(^|[^a-z_])(current_user|session_user|current_role|"current_user"|user)([^a-z_]|$)\'';

const boundQuery = `
  WITH users AS (SELECT oid, rolname FROM pg_roles WHERE rolname = ANY($1))
  SELECT 'policy' AS kind, format('policy %I on %I.%I', p.polname, n.nspname, c.relname) AS what
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE concat_ws(' ', lower(pg_get_expr(p.polqual, p.polrelid)), lower(pg_get_expr(p.polwithcheck, p.polrelid))) ~ ${byCurrentUser}
     AND concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) !~ 'pg_has_role'
     AND EXISTS (SELECT FROM users u WHERE c.relowner = u.oid OR has_any_column_privilege(u.oid, c.oid, 'SELECT, INSERT, UPDATE'))
  UNION ALL
  SELECT 'default', format('the default of column %I of %I.%I', a.attname, n.nspname, c.relname)
    FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
   WHERE lower(pg_get_expr(d.adbin, d.adrelid)) ~ ${byCurrentUser}
     AND EXISTS (SELECT FROM users u WHERE c.relowner = u.oid OR has_any_column_privilege(u.oid, c.oid, 'INSERT'))
  UNION ALL
  SELECT 'definer', format('function %s (SECURITY DEFINER) of "%s"', p.oid::regprocedure, u.rolname)
    FROM pg_proc p JOIN users u ON u.oid = p.proowner WHERE p.prosecdef
  UNION ALL
  SELECT 'bypass', format('user "%s"', r.rolname) FROM pg_roles r WHERE r.rolname = ANY($1) AND r.rolbypassrls
     AND NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = $2 AND o.rolbypassrls)
  UNION ALL
  SELECT 'prepared', format('the prepared transaction %L of "%s" in database "%s"', x.gid, x.owner, x.database)
    FROM pg_prepared_xacts x WHERE x.owner = ANY($1)
  UNION ALL
  SELECT 'publication', format('publication %I of "%s"', p.pubname, u.rolname) FROM pg_publication p JOIN users u ON u.oid = p.pubowner
  UNION ALL
  SELECT 'event-trigger', format('event trigger %I of "%s"', e.evtname, u.rolname) FROM pg_event_trigger e JOIN users u ON u.oid = e.evtowner
  UNION ALL
  SELECT 'mapping', format('the user mapping of "%s" for server "%s"', m.usename, m.srvname)
    FROM pg_user_mappings m WHERE m.usename = ANY($1)
     AND (SELECT count(*) FROM pg_user_mappings o WHERE o.srvname = m.srvname AND o.usename = ANY($1)) < 2`;

interface Job {
  readonly kind: 'job' | 'jobs-hidden';
  readonly what: string;
}

/** Of pg_cron, whose rows are hidden from all but their user and those who bypass row-level security. */
const jobs = async (session: Session, users: readonly string[]): Promise<readonly Job[]> => {
  const [cron] = await session.query<{ readable: boolean; hidden: boolean; used: boolean }>(
    `SELECT has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
            row_security_active(c.oid) AS hidden,
            EXISTS (SELECT FROM pg_roles r WHERE r.rolname = ANY($1)
                     AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE')) AS used
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'cron' AND c.relname = 'job'`,
    [users],
  );
  if (!cron?.used) return [];
  if (!cron.readable || cron.hidden) return [{ kind: 'jobs-hidden', what: 'pg_cron' }];
  return session.query<Job>(
    "SELECT 'job' AS kind, format('the scheduled job %s of \"%s\"', jobid, username) AS what FROM cron.job WHERE username = ANY($1)",
    [users],
  );
};
