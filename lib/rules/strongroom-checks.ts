/** Strongroom's own rules, in addition to the packs of cdk-nag. */
import type { App, Stage } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { secretTag } from '../contract/index.ts';
import { policyRules } from './template/policy-rules.ts';
import { RuleTable, type Rule } from './template/rule-table.ts';

/** The rule id to acknowledge that a secret has no TLS. */
export const databaseWithoutTls = 'Strongroom-DatabaseTls';

const databaseTls: Rule = {
  id: 'DatabaseTls',
  types: [CfnSecret.CFN_RESOURCE_TYPE_NAME],
  says: 'The secret is for a database without TLS: anyone on the network can read credential and data.',
  holds: (resource) => !(resource instanceof CfnSecret && resource.tags.tagValues()[secretTag.tls] === 'disable'),
};

export class StrongroomChecks extends RuleTable {
  constructor(scope: App | Stage) {
    super(scope, 'Strongroom', [databaseTls, ...policyRules]);
  }
}
