/** The audit lane of an environment. */
import type { Construct } from 'constructs';
import type { EnvironmentCatalog } from '../model/catalog.ts';
import { AuditTrail } from '../constructs/audit-trail/audit-trail.ts';
import { alertTopicOf, keyOf, logsFor, rolesOf } from './references.ts';
import { secretNamesOf } from './secret-names.ts';
import { siemSecretName } from '../contract/index.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class AuditStack extends EnvironmentStack {
  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, catalog, 'audit');
    const {
      name: environment,
      contact,
      siem,
      operators,
      trail,
      certificateAuthorities,
      fences,
      logRetentionDays,
    } = catalog;
    new AuditTrail(this, 'Audit', {
      environment,
      ...(siem && { siem }),
      secretNames: secretNamesOf(catalog),
      siemSecretName: siemSecretName(environment, catalog.nameTemplate),
      encryptionKey: keyOf(this, environment, 'high'),
      owner: contact.name,
      contact: contact.name,
      operators: rolesOf(this, 'Operator', operators),
      alertTopic: alertTopicOf(this, environment, contact),
      trail,
      ...(fences && { fences }),
      ...logsFor(logRetentionDays),
      ...(certificateAuthorities !== undefined && { certificateAuthorities }),
    });
  }
}
