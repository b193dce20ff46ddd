/** The admin, who is not a superuser, does what the owner of a role may: as its member, and only for that time. */
import { escapeIdentifier } from 'pg';
import { explicitMembership, type Roles } from './session/roles.ts';
import type { Session } from './session/session.ts';

/**
 * Runs `work` with the admin as a member of all these roles. In a transaction: if `work` fails, the rollback takes the
 * membership back too.
 */
export const actingAs = async <Result>(
  session: Session,
  { admin, version }: Roles,
  names: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> => {
  if (admin.superuser) return work();
  const leave =
    version < explicitMembership
      ? await join(session, admin.name, names)
      : await joinExplicitly(session, admin.name, names);
  const result = await work();
  await leave();
  return result;
};

type Leave = () => Promise<void>;

const join = async (session: Session, admin: string, names: readonly string[]): Promise<Leave> => {
  const rows = await session.query<{ name: string }>(
    "SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1) AND NOT pg_has_role(current_user, oid, 'MEMBER')",
    [names],
  );
  const joined = rows.map(({ name }) => escapeIdentifier(name));
  const member = escapeIdentifier(admin);
  await session.run(joined.map((name) => `GRANT ${name} TO ${member}`));
  return () => session.run(joined.map((name) => `REVOKE ${name} FROM ${member}`));
};

interface Membership {
  readonly role: string;
  readonly grantor: string;
  readonly inherit: boolean;
  readonly set: boolean;
}

const ownMembershipsQuery = `
  SELECT r.rolname AS role, g.rolname AS grantor, m.inherit_option AS inherit, m.set_option AS set
    FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles g ON g.oid = m.grantor
   WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND r.rolname = ANY($1)`;

/** Since PostgreSQL 16 ADMIN OPTION alone lets one neither use nor become a role, and each grantor's grant is its own. */
const joinExplicitly = async (session: Session, admin: string, names: readonly string[]): Promise<Leave> => {
  const rows = await session.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1)
        AND NOT (pg_has_role(current_user, oid, 'USAGE') AND pg_has_role(current_user, oid, 'SET'))`,
    [names],
  );
  const joined = rows.map(({ name }) => name);
  const before = await session.query<Membership>(ownMembershipsQuery, [joined]);
  await session.run(
    joined.map((name) => `GRANT ${escapeIdentifier(name)} TO ${escapeIdentifier(admin)} WITH INHERIT TRUE, SET TRUE`),
  );
  return async () => {
    const after = await session.query<Membership>(ownMembershipsQuery, [joined]);
    await session.run(
      after.flatMap((now) =>
        returnTo(
          admin,
          before.find((was) => sameGrant(was, now)),
          now,
        ),
      ),
    );
  };
};

const sameGrant = (a: Membership, b: Membership): boolean => a.role === b.role && a.grantor === b.grantor;

const returnTo = (
  admin: string,
  was: Membership | undefined,
  { role, grantor, inherit, set }: Membership,
): readonly string[] => {
  const member = escapeIdentifier(admin);
  const by = `GRANTED BY ${escapeIdentifier(grantor)}`;
  if (!was) return [`REVOKE ${escapeIdentifier(role)} FROM ${member} ${by}`];
  if (was.inherit === inherit && was.set === set) return [];
  const options = `INHERIT ${String(was.inherit)}, SET ${String(was.set)}`;
  return [`GRANT ${escapeIdentifier(role)} TO ${member} WITH ${options} ${by}`];
};
