/**
 * Credentials of a workload's role in a session that the workload can't have. AWS names the sessions of functions, instances
 * and tasks itself, whatever the caller says of itself: a user agent can be forged, a session name can't without assuming the role.
 */
import type { DeclaredRole } from '../../../../lib/contract/index.ts';
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

/** How AWS names sessions: of a function by its name, of an instance by its id, of a task by its id. */
const sessions: Readonly<Partial<Record<NonNullable<DeclaredRole['runsOn']>, RegExp>>> = {
  ec2: /^i-[0-9a-f]{8,17}$/,
  ecs: /^[0-9a-f]{32}$/,
  'ecs-execution': /^[0-9a-f]{32}$/,
};

export const outsideWorkload: Rule = (event, { declared }) => {
  const { arn, session } = event.principal;
  const role = declared.role(arn);
  if (!role || session === undefined || event.principal.invokedBy !== undefined) return undefined;
  if (!isForeign(session, role)) return undefined;
  return {
    group: arn,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} called ${event.operation} in the session ${session}, which no workload of that role has`,
  };
};

const isForeign = (session: string, role: DeclaredRole): boolean => {
  if (role.session !== undefined) return session !== role.session;
  const expected = role.runsOn === undefined ? undefined : sessions[role.runsOn];
  return expected !== undefined && !expected.test(session);
};
