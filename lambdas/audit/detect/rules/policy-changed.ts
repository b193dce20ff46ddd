/** A resource policy of a secret was put or deleted by anyone but the deployment, or opened by anyone at all. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

export const policyChanged: Rule = (event, { declared }) => {
  if (event.service !== 'secretsmanager' || !event.succeeded) return undefined;
  if (event.operation !== 'PutResourcePolicy' && event.operation !== 'DeleteResourcePolicy') return undefined;
  // The normaliser reads it from the policy, which itself does not leave.
  const reach = event.more['policyReach'];
  const isPublic = reach === 'public' || event.request['blockPublicPolicy'] === false;
  if (!isPublic && isByDeployment(event, declared)) return undefined;
  const isOpened = isPublic || reach === 'other-account' || reach === 'unreadable';
  return {
    group: event.principal.arn,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} called ${event.operation} for ${event.secrets.join(', ')} ${howOf(reach, isPublic)}`,
    ...(isOpened && { severity: 'critical' as const }),
  };
};

const howOf = (reach: string | undefined, isPublic: boolean): string => {
  if (reach === 'public') return 'so that anyone is allowed';
  if (isPublic) return 'with BlockPublicPolicy off';
  if (reach === 'other-account') return 'so that another account is allowed';
  if (reach === 'unreadable') return 'with a policy that could not be read';
  return 'outside of a deployment';
};
