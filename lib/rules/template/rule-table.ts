/** A rule pack as a table: each rule names the resource types it checks, so that a resource costs only its own rules. */
import type { App, CfnResource, Stage } from 'aws-cdk-lib';
import { NagMessageLevel, NagPack, NagRuleCompliance, type NagRuleResult } from 'cdk-nag';

export interface Rule {
  /** Follows the name of the pack and a hyphen. */
  readonly id: string;
  /** CloudFormation types, such as `AWS::KMS::Key`. */
  readonly types: readonly string[];
  /** One sentence, shown with the finding: what is wrong, and why it matters. */
  readonly says: string;
  /**
   * `true`: the resource is compliant. Texts are findings, acknowledged one by one as `<pack>-<id>[<finding>]`. No texts:
   * the resource is compliant.
   */
  readonly holds: (resource: CfnResource) => boolean | readonly string[];
}

export abstract class RuleTable extends NagPack {
  override readonly name: string;
  override readonly ruleIds: string[];
  readonly #rulesOf = new Map<string, Rule[]>();

  constructor(scope: App | Stage, name: string, rules: readonly Rule[]) {
    super(scope);
    this.name = name;
    this.packName = name;
    this.ruleIds = rules.map(({ id }) => `${name}-${id}`);
    for (const rule of rules) {
      for (const type of rule.types) this.#rulesOf.set(type, [...(this.#rulesOf.get(type) ?? []), rule]);
    }
  }

  protected checkResource(node: CfnResource): void {
    for (const { id, says, holds } of this.#rulesOf.get(node.cfnResourceType) ?? []) {
      this.applyRule({
        ruleSuffixOverride: id,
        info: says,
        explanation: says,
        level: NagMessageLevel.ERROR,
        node,
        rule: (resource) => resultOf(holds(resource)),
      });
    }
  }
}

const resultOf = (answer: boolean | readonly string[]): NagRuleResult => {
  if (typeof answer !== 'boolean') return answer.length === 0 ? NagRuleCompliance.COMPLIANT : [...answer];
  return answer ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
};
