/** A secret was deleted, also by a deployment: one that is retained is never deleted by it. Without recovery it is critical. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

export const secretDeleted: Rule = (event) => {
  if (event.service !== 'secretsmanager' || event.operation !== 'DeleteSecret' || !event.succeeded) return undefined;
  const isForced = event.request['forceDeleteWithoutRecovery'] === true;
  return {
    group: event.principal.arn,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} deleted ${event.secrets.join(', ')}${isForced ? ' without recovery' : ''}`,
    ...(isForced && { severity: 'critical' as const }),
  };
};
