/** The packs of cdk-nag, with what costs most in them replaced by what finds the same sooner. */
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

/** NIST 800-53 R5 and HIPAA Security both ask, and the tree is complete by then: the answer stays true. */
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
  // Each pack walks the whole stack of each secret for its schedule, and resolves every schedule on the way.
  [secretsmanager.SecretsManagerRotationEnabled.name, isRotated],
  // Each resolves the whole policy, and looks at it as one text.
  ...[iam.IAMPolicyNoStatementsWithAdminAccess, iam.IAMPolicyNoStatementsWithFullAccess].map((rule): [string, Rule] => [
    rule.name,
    askedOnce(rule),
  ]),
]);
