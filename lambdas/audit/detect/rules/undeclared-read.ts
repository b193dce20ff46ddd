/** A declared secret read by a principal that the catalog does not let read it: a policy was widened, or there is a way around it. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isRead } from './reads.ts';

export const undeclaredRead: Rule = (event, { declared }) => {
  if (!isRead(event)) return undefined;
  const { arn } = event.principal;
  const secrets = event.secrets.filter((name) => {
    const secret = declared.secret(name);
    // A honey secret has a rule of its own.
    return secret && secret.honey !== true && !declared.mayRead(arn, secret);
  });
  if (secrets.length === 0) return undefined;
  return {
    group: arn,
    secrets,
    message: `${nameOf(event.principal)} read ${secrets.join(', ')}, which the catalog does not let it read`,
  };
};
