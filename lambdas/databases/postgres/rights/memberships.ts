/** Roles that a user is a member of, with their options. */
import { escapeIdentifier } from 'pg';
import { explicitMembership } from '../session/roles.ts';
import type { Right, RightsReader } from './right.ts';

interface Membership {
  readonly holder: string;
  readonly role: string;
  readonly admin: boolean;
  readonly inherit: boolean | null;
  readonly set: boolean | null;
  readonly grantors: readonly string[];
}

/** The circle's own memberships are what joins it, no rights. */
const membershipsQuery = (options: string): string => `
  SELECT h.rolname AS holder, r.rolname AS role, bool_or(m.admin_option) AS admin, ${options},
         array_agg(g.rolname::text ORDER BY g.rolname) AS grantors
    FROM pg_auth_members m JOIN pg_roles h ON h.oid = m.member JOIN pg_roles r ON r.oid = m.roleid
         JOIN pg_roles g ON g.oid = m.grantor
   WHERE h.rolname = ANY($1) AND r.rolname <> ALL($2)
   GROUP BY h.rolname, r.rolname`;

export const memberships: RightsReader = async (session, holders, { from, to, owner, version }) => {
  const explicit = version >= explicitMembership;
  const options = explicit
    ? 'bool_or(m.inherit_option) AS inherit, bool_or(m.set_option) AS set'
    : 'NULL AS inherit, NULL AS set';
  const rows = await session.query<Membership>(membershipsQuery(options), [holders, [from, to, owner]]);
  return rows.map((row) => membership(row, explicit));
};

const membership = ({ holder, role, admin, inherit, set, grantors }: Membership, explicit: boolean): Right => {
  const name = escapeIdentifier(role);
  const options = explicit
    ? ` WITH ADMIN ${String(admin)}, INHERIT ${String(inherit)}, SET ${String(set)}`
    : admin
      ? ' WITH ADMIN OPTION'
      : '';
  return {
    holder,
    what: `membership in ${name}${options}`,
    privilege: 'member of',
    object: `role ${name}`,
    give: (to) => `GRANT ${name} TO ${escapeIdentifier(to)}${options}`,
    take: (from) =>
      explicit
        ? grantors.map(
            (grantor) => `REVOKE ${name} FROM ${escapeIdentifier(from)} GRANTED BY ${escapeIdentifier(grantor)}`,
          )
        : [`REVOKE ${name} FROM ${escapeIdentifier(from)}`],
  };
};
