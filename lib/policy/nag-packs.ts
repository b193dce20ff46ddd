/** The packs of cdk-nag, with one of their rules replaced by a quicker one that finds the same. */
import type { CfnResource } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NagRuleCompliance,
  NIST80053R5Checks,
  type IApplyRule,
} from 'cdk-nag';
import { factsOf } from './stack-facts.ts';

export class QuickAwsSolutionsChecks extends AwsSolutionsChecks {
  protected override applyRule(params: IApplyRule): void {
    super.applyRule(quick(params));
  }
}

export class QuickNist80053R5Checks extends NIST80053R5Checks {
  protected override applyRule(params: IApplyRule): void {
    super.applyRule(quick(params));
  }
}

export class QuickHipaaSecurityChecks extends HIPAASecurityChecks {
  protected override applyRule(params: IApplyRule): void {
    super.applyRule(quick(params));
  }
}

/** Each pack walks the whole stack of each secret for its schedule, and resolves every schedule on the way. */
const quick = (params: IApplyRule): IApplyRule =>
  params.rule.name === 'SecretsManagerRotationEnabled'
    ? { ...params, ruleSuffixOverride: params.ruleSuffixOverride ?? params.rule.name, rule: isRotated }
    : params;

const isRotated = (node: CfnResource): NagRuleCompliance => {
  if (node.cfnResourceType !== 'AWS::SecretsManager::Secret') return NagRuleCompliance.NOT_APPLICABLE;
  return factsOf(node).rotated.has(node) ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
};
