/**
 * PCI DSS 4.0.1, as far as templates show it: requirements for credentials, keys, least privilege and audit logs. The
 * id of a rule starts with the number of its requirement; docs/compliance.md says what each leaves to the user.
 *
 * https://www.pcisecuritystandards.org/document_library/
 */
import type { App, Stage } from 'aws-cdk-lib';
import { RuleTable } from '../template/rule-table.ts';
import { accessRules } from './access-rules.ts';
import { auditLogRules } from './audit-log-rules.ts';
import { credentialRules } from './credential-rules.ts';
import { keyRules } from './key-rules.ts';

export class PciDssChecks extends RuleTable {
  constructor(scope: App | Stage) {
    super(scope, 'StrongroomPci', [...keyRules, ...accessRules, ...credentialRules, ...auditLogRules]);
  }
}
