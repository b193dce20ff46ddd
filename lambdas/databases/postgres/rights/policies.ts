/** Row security policies that are for a user by name. */
import { escapeIdentifier } from 'pg';
import type { RevokedRight } from '../../port.ts';
import { DatabaseError, EngineError } from '../../errors.ts';
import { missingPrivilege } from '../session/roles.ts';
import type { Session } from '../session/session.ts';
import type { Circle } from './right.ts';

interface Policy {
  readonly name: string;
  readonly table: string;
  readonly roles: readonly string[];
  /** Whether the admin may do what the table's owner may. */
  readonly mine: boolean;
}

export interface PolicyChange extends Policy {
  readonly wanted: readonly string[];
  /** What it is for, in messages. */
  readonly purpose: string;
}

const policiesQuery = `
  SELECT p.polname AS name, format('%I.%I', n.nspname, c.relname) AS table,
         array(SELECT r.rolname::text FROM pg_roles r WHERE r.oid = ANY(p.polroles) ORDER BY r.rolname) AS roles,
         pg_has_role(current_user, c.relowner, 'USAGE') AS mine
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE p.polroles && array(SELECT oid FROM pg_roles WHERE rolname = ANY($1))`;

/**
 * A policy that is for the model is for all three: views of the owner role are subject to it too.
 *
 * @throws DatabaseError `database-privilege`; EngineError `strategy-impossible`.
 */
export const equalisePolicies = async (session: Session, circle: Circle): Promise<readonly RevokedRight[]> => {
  const { to } = circle;
  const revoked: RevokedRight[] = [];
  for (const change of await policiesToEqualise(session, circle)) {
    // A rehearsal must make no session wait for the table: that its owner may do this is certain.
    if (!circle.trial || !change.mine) await assign(session, change);
    if (change.roles.includes(to) && !change.wanted.includes(to)) {
      revoked.push({ username: to, privilege: `policy "${change.name}"`, object: `table ${change.table}` });
    }
  }
  return revoked;
};

/** @throws EngineError `strategy-impossible`. */
export const policiesToEqualise = async (
  session: Session,
  { from, to, owner }: Circle,
): Promise<readonly PolicyChange[]> => {
  const changes: PolicyChange[] = [];
  for (const policy of await session.query<Policy>(policiesQuery, [[from, to, owner]])) {
    const { name, table, roles } = policy;
    const others = roles.filter((role) => role !== to && role !== owner);
    const wanted = others.includes(from) ? [...others, to, owner] : others;
    if (isSame(wanted, roles)) continue;
    if (wanted.length === 0) {
      throw new EngineError(
        'strategy-impossible',
        `The policy "${name}" on ${table} is for "${to}" and not for "${from}", which is in use: decide for which of them it is meant, and name both or neither (ALTER POLICY ${escapeIdentifier(name)} ON ${table} TO …)`,
        { retryable: false },
      );
    }
    changes.push({ ...policy, wanted, purpose: `hold for "${to}" as for "${from}"` });
  }
  return changes;
};

/** A policy that is for one of the two is for both. @throws DatabaseError `database-privilege`. */
export const unitePolicies = async (session: Session, circle: Circle): Promise<void> => {
  for (const change of await policiesToUnite(session, circle)) await assign(session, change);
};

export const policiesToUnite = async (session: Session, { from, to }: Circle): Promise<readonly PolicyChange[]> =>
  (await session.query<Policy>(policiesQuery, [[from, to]]))
    .map((policy) => ({
      ...policy,
      wanted: [...policy.roles.filter((role) => role !== from && role !== to), from, to],
      purpose: `hold for "${from}" and "${to}"`,
    }))
    .filter(({ wanted, roles }) => !isSame(wanted, roles));

const isSame = (wanted: readonly string[], roles: readonly string[]): boolean =>
  wanted.length === roles.length && wanted.every((role) => roles.includes(role));

export const assigning = ({ name, table, wanted }: PolicyChange): string =>
  `ALTER POLICY ${escapeIdentifier(name)} ON ${table} TO ${wanted.map(escapeIdentifier).join(', ')}`;

const assign = async (session: Session, change: PolicyChange): Promise<void> => {
  const { name, table, purpose } = change;
  try {
    await session.run([assigning(change)]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    throw missingPrivilege(
      `Could not make the policy "${name}" on ${table} ${purpose}: only the table's owner may (${error.message}); make the admin a member of it`,
      error,
    );
  }
};
