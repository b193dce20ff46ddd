/** A person read a secret of production. People with the right to read count too: each such read has a reason to note. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isRead } from './reads.ts';

export const humanRead: Rule = (event, { declared }) => {
  if (!declared.production || !isRead(event)) return undefined;
  const { arn, isPerson, session } = event.principal;
  const role = declared.role(arn);
  if (!isPerson && role?.as !== 'break-glass' && role?.as !== 'operator' && role?.runsOn !== 'people') return undefined;
  const secrets = event.secrets.filter((name) => declared.secret(name) !== undefined);
  if (secrets.length === 0) return undefined;
  return {
    group: arn,
    secrets,
    message: `${nameOf(event.principal)}${session === undefined ? '' : ` (${session})`} read ${secrets.join(', ')} of ${declared.environment}`,
  };
};
