/** The break-glass role was assumed: expected in an emergency only, and to be accounted for. */
import { breakGlassRoleName } from '../../../../lib/contract/index.ts';
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

export const breakGlassAssumed: Rule = (event, { declared }) => {
  if (event.service !== 'sts' || !event.operation.startsWith('AssumeRole') || !event.succeeded) return undefined;
  const roleArn = event.request['roleArn'];
  if (typeof roleArn !== 'string') return undefined;
  const isBreakGlass =
    declared.role(roleArn)?.as === 'break-glass' ||
    roleArn.endsWith(`:role/${breakGlassRoleName(declared.environment)}`);
  if (!isBreakGlass) return undefined;
  return {
    group: event.principal.arn,
    secrets: [],
    message: `${nameOf(event.principal)} assumed the break-glass role of ${declared.environment}${event.ip === undefined ? '' : ` from ${event.ip}`}`,
  };
};
