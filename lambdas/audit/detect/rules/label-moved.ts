/** AWSCURRENT or another label was moved by a role that does not rotate the secret: applications then read another value. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

export const labelMoved: Rule = (event, { declared }) => {
  if (event.service !== 'secretsmanager' || event.operation !== 'UpdateSecretVersionStage' || !event.succeeded) {
    return undefined;
  }
  const { arn } = event.principal;
  const secrets = event.secrets.filter((name) => {
    const secret = declared.secret(name);
    return secret && !declared.rotates(arn, secret);
  });
  if (secrets.length === 0) return undefined;
  const label = event.request['versionStage'];
  return {
    group: arn,
    secrets,
    message: `${nameOf(event.principal)} moved ${typeof label === 'string' ? label : 'a label'} of ${secrets.join(', ')}, which its rotation does`,
  };
};
