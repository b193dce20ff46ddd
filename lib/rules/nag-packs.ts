/** The packs of cdk-nag. Their slowest rules are replaced by faster ones with the same findings. */
import type { CfnResource } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NagRuleCompliance,
  NIST80053R5Checks,
  rules,
  type IApplyRule,
  type NagRuleResult,
} from 'cdk-nag';
import { factsOf } from './template/stack-facts.ts';

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

const quick = (params: IApplyRule): IApplyRule => {
  const rule = quickRules.get(params.rule.name);
  return rule ? { ...params, ruleSuffixOverride: params.ruleSuffixOverride ?? params.rule.name, rule } : params;
};

type Rule = (node: CfnResource) => NagRuleResult;

/** Kept for NIST 800-53 R5 and HIPAA Security: the tree is complete, so the answer does not change. */
const askedOnce = (rule: Rule): Rule => {
  const answers = new WeakMap<CfnResource, NagRuleResult>();
  return (node) => {
    const known = answers.get(node);
    if (known !== undefined) return known;
    const answer = rule(node);
    if (answer !== NagRuleCompliance.NOT_APPLICABLE) answers.set(node, answer);
    return answer;
  };
};

const isRotated = (node: CfnResource): NagRuleCompliance => {
  if (node.cfnResourceType !== 'AWS::SecretsManager::Secret') return NagRuleCompliance.NOT_APPLICABLE;
  return factsOf(node).rotated.has(node) ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
};

const { iam, secretsmanager } = rules;

const quickRules: ReadonlyMap<string, Rule> = new Map([
  // For each secret, each pack walks the whole stack for its schedule, and resolves every schedule.
  [secretsmanager.SecretsManagerRotationEnabled.name, isRotated],
  // Each resolves the whole policy, and searches it as one text.
  ...[iam.IAMPolicyNoStatementsWithAdminAccess, iam.IAMPolicyNoStatementsWithFullAccess].map((rule): [string, Rule] => [
    rule.name,
    askedOnce(rule),
  ]),
]);
