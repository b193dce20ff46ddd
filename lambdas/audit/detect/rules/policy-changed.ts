/** A resource policy of a secret was put or deleted by anyone but the deployment, or opened by anyone at all. */
import { nameOf } from '../event-facts.ts';
import type { Rule } from '../rule.ts';
import { isByDeployment } from './deployment.ts';

export const policyChanged: Rule = (event, { declared }) => {
  if (event.service !== 'secretsmanager' || !event.succeeded) return undefined;
  if (event.operation !== 'PutResourcePolicy' && event.operation !== 'DeleteResourcePolicy') return undefined;
  // The normaliser reads it from the policy, which itself does not leave.
  const reach = event.more['policyReach'];
  const isOpened = reach === 'public' || reach === 'other-account' || event.request['blockPublicPolicy'] === false;
  if (!isOpened && isByDeployment(event, declared)) return undefined;
  const how = isOpened
    ? reach === undefined || reach === 'account'
      ? 'with BlockPublicPolicy off'
      : `so that ${reach === 'public' ? 'anyone' : 'another account'} is allowed`
    : 'outside of a deployment';
  return {
    group: event.principal.arn,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} called ${event.operation} for ${event.secrets.join(', ')} ${how}`,
    ...(isOpened && { severity: 'critical' as const }),
  };
};
