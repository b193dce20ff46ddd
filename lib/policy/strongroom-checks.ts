/** Strongroom's own rules, beside the packs of others. */
import type { App, CfnResource, Stage } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { NagMessageLevel, NagPack, NagRuleCompliance } from 'cdk-nag';
import { secretTag } from '../contract/index.ts';

/** The id under which a secret's lack of TLS is acknowledged. */
export const databaseWithoutTls = 'Strongroom-DatabaseTls';

export class StrongroomChecks extends NagPack {
  readonly name = 'Strongroom';

  constructor(scope: App | Stage) {
    super(scope);
    this.packName = 'Strongroom';
  }

  protected checkResource(node: CfnResource): void {
    this.applyRule({
      ruleSuffixOverride: 'DatabaseTls',
      info: 'The secret is for a database without TLS: credential and data cross the network in the clear.',
      explanation:
        'Whoever listens on the way has the credential. Give the server a certificate, or acknowledge with a reason.',
      level: NagMessageLevel.ERROR,
      node,
      rule: (resource) =>
        resource instanceof CfnSecret && resource.tags.tagValues()[secretTag.tls] === 'disable'
          ? NagRuleCompliance.NON_COMPLIANT
          : NagRuleCompliance.COMPLIANT,
    });
  }
}
