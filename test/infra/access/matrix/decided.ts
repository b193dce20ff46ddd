/** One check, decided by an evaluator that others wrote. */
import type { AccessRequest } from '../../../../lib/access/index.ts';
import { evaluate } from '../../../../local/gateway/authorization/evaluate.ts';
import type { Check } from './measure.ts';
import type { World } from './world.ts';

/** By @cloud-copilot/iam-simulate. */
export const decidedByPeer = async (world: World, { principal }: AccessRequest, check: Check): Promise<boolean> => {
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
      resource: { arn: check.target.arn, account: check.account, policy: check.target.document?.policy },
    },
  );
  return allowed;
};
