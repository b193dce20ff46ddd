/** Row security policies that are for a user by name. */
import { escapeIdentifier } from 'pg';
import type { RevokedRight } from '../../../rotation/ports.ts';
import { DatabaseError, RotationError } from '../../../rotation/rotation-error.ts';
import { missingPrivilege } from '../roles.ts';
import type { Session } from '../session.ts';
import type { Circle } from './right.ts';

interface Policy {
  readonly name: string;
  readonly table: string;
  readonly roles: readonly string[];
}

const policiesQuery = `
  SELECT p.polname AS name, format('%I.%I', n.nspname, c.relname) AS table,
         array(SELECT r.rolname::text FROM pg_roles r WHERE r.oid = ANY(p.polroles) ORDER BY r.rolname) AS roles
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE p.polroles && array(SELECT oid FROM pg_roles WHERE rolname = ANY($1))`;

/**
 * A policy that is for the model is for all three: views of the owner role are subject to it too.
 *
 * @throws DatabaseError `database-privilege`; RotationError `strategy-impossible`.
 */
export const equalisePolicies = async (
  session: Session,
  { from, to, owner }: Circle,
): Promise<readonly RevokedRight[]> => {
  const revoked: RevokedRight[] = [];
  for (const { name, table, roles } of await session.query<Policy>(policiesQuery, [[from, to, owner]])) {
    const others = roles.filter((role) => role !== to && role !== owner);
    const wanted = others.includes(from) ? [...others, to, owner] : others;
    if (wanted.length === roles.length && wanted.every((role) => roles.includes(role))) continue;
    if (wanted.length === 0) {
      throw new RotationError(
        'strategy-impossible',
        `The policy "${name}" on ${table} is for "${to}" and not for "${from}", which is in use: decide for which of them it is meant, and name both or neither (ALTER POLICY ${escapeIdentifier(name)} ON ${table} TO …)`,
        { retryable: false },
      );
    }
    await assign(session, { name, table }, wanted, `hold for "${to}" as for "${from}"`);
    if (roles.includes(to) && !wanted.includes(to)) {
      revoked.push({ username: to, privilege: `policy "${name}"`, object: `table ${table}` });
    }
  }
  return revoked;
};

/** A policy that is for one of the two is for both. @throws as {@link equalisePolicies}. */
export const unitePolicies = async (session: Session, { from, to, owner }: Circle): Promise<void> => {
  for (const { name, table, roles } of await session.query<Policy>(policiesQuery, [[from, to]])) {
    const wanted = [...roles.filter((role) => ![from, to, owner].includes(role)), from, to];
    await assign(session, { name, table }, wanted, `hold for "${from}" and "${to}"`);
  }
};

const assign = async (
  session: Session,
  { name, table }: Pick<Policy, 'name' | 'table'>,
  roles: readonly string[],
  purpose: string,
): Promise<void> => {
  try {
    await session.run([
      `ALTER POLICY ${escapeIdentifier(name)} ON ${table} TO ${roles.map(escapeIdentifier).join(', ')}`,
    ]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    throw missingPrivilege(
      `Could not make the policy "${name}" on ${table} ${purpose}: only the table's owner may (${error.message}); make the admin a member of it`,
      error,
    );
  }
};
