/**
 * One principal asks for many distinct secrets in a short time, in any region, one by one or in batches. Secrets that it is
 * a workload's job to read do not count: an application with 200 secrets starts by reading 200.
 */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isReadAttempt } from './reads.ts';

const window = { milliseconds: 10 * 60_000, members: 20 };

export const manySecrets: Rule = async (event, { declared, state }) => {
  if (!isReadAttempt(event)) return undefined;
  const { arn } = event.principal;
  const as = declared.role(arn)?.as;
  let members: readonly string[] = [];
  for (const name of event.secrets) {
    const secret = declared.secret(name);
    const isItsJob = secret && (declared.rotates(arn, secret) || (as === 'consumer' && declared.mayRead(arn, secret)));
    if (!isItsJob) members = await state.add(`many-secrets#${arn}`, name, event.at, window);
  }
  if (members.length < window.members) return undefined;
  return {
    group: arn,
    secrets: members,
    message: `${nameOf(event.principal)} asked for ${members.length} or more distinct secrets within 10 minutes`,
  };
};
