/** A secret that nothing has a reason to read was read, changed or asked for. Also refused calls count. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

/** The console and inventories describe every secret; the deployment creates and tags it. */
const harmless: ReadonlySet<string> = new Set([
  'CreateSecret',
  'DescribeSecret',
  'GetResourcePolicy',
  'ListSecretVersionIds',
  'TagResource',
]);

export const honeySecret: Rule = (event, { declared }) => {
  if (event.service !== 'secretsmanager' || harmless.has(event.operation)) return undefined;
  if (declared.role(event.principal.arn)?.as === 'deployer') return undefined;
  const secrets = event.secrets.filter((name) => declared.secret(name)?.honey === true);
  if (secrets.length === 0) return undefined;
  return {
    group: event.principal.arn,
    secrets,
    message: `${nameOf(event.principal)} called ${event.operation} for the honey secret ${secrets.join(', ')}${event.succeeded ? '' : ' and was refused'}`,
  };
};
