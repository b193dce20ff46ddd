/** One check, decided by the evaluator of the matrix and by one that others wrote. */
import type { AccessRequest } from '../../../lib/access/index.ts';
import { evaluate } from '../../../local/gateway/authorization/evaluate.ts';
import { actionName, isAllowed } from './evaluator.ts';
import type { Check } from './measure.ts';
import type { World } from './world.ts';

export const decidedByOurs = (
  world: World,
  { principal, secret }: AccessRequest,
  { action, target, isKey, context }: Check,
): boolean =>
  isAllowed(
    { arn: principal.arn, account: principal.account, policies: world.compiledOf(principal) },
    actionName(action),
    { arn: target.arn, account: secret.environment.account, policy: target.document.compiled, ownPolicyFirst: isKey },
    context,
  );

/** By @cloud-copilot/iam-simulate. */
export const decidedByPeer = async (
  world: World,
  { principal, secret }: AccessRequest,
  check: Check,
): Promise<boolean> => {
  const { arn } = principal;
  const context = Object.fromEntries(
    check.context
      .toReversed()
      .flatMap((layer) => Object.entries(layer))
      .flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  ) as Record<string, string | string[]>;
  const { allowed } = await evaluate(
    {
      arn: arn.includes(':role/')
        ? `${arn.replace(':iam:', ':sts:').replace(/:role\/(?:.*\/)?/, ':assumed-role/')}/session`
        : arn,
      identityPolicies: world.policiesOf(principal),
      context,
    },
    {
      action: check.action,
      resource: { arn: check.target.arn, account: secret.environment.account, policy: check.target.document.policy },
    },
  );
  return allowed;
};
