/** The audit lane of an environment. */
import type { Construct } from 'constructs';
import { declaredAccess } from '../access/index.ts';
import type { EnvironmentCatalog } from '../model/catalog.ts';
import { AuditTrail } from '../constructs/audit-trail/audit-trail.ts';
import { asShortened } from '../constructs/audit-trail/audit-names.ts';
import { stackName } from '../contract/index.ts';
import { alertTopicOf, applicationTopicsOf, keyOf, logsFor, rolesOf } from './references.ts';
import { replicaRegionsOf } from '../model/replica-regions.ts';
import { secretNamesOf } from './secret-names.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class AuditStack extends EnvironmentStack {
  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, catalog, 'audit');
    const {
      name: environment,
      contact,
      nameTemplate,
      runbooks,
      destinations,
      operators,
      trail,
      certificateAuthorities,
      fences,
      logRetentionDays,
    } = catalog;
    new AuditTrail(this, 'Audit', {
      environment,
      destinations,
      replicaRegions: replicaRegionsOf(catalog),
      secretNames: secretNamesOf(catalog),
      ...(nameTemplate !== undefined && { nameTemplate }),
      encryptionKey: keyOf(this, environment, 'high'),
      owner: contact.name,
      contact: contact.name,
      operators: rolesOf(this, 'Operator', operators),
      alertTopic: alertTopicOf(this, environment, contact),
      runbooks,
      trail,
      detections: {
        access: declaredAccess(catalog, auditNamesElsewhere(catalog)),
        suppressions: catalog.detections?.suppressions ?? [],
        applicationTopics: applicationTopicsOf(this, catalog),
      },
      ...(fences && { fences }),
      ...logsFor(logRetentionDays),
      ...(certificateAuthorities !== undefined && { certificateAuthorities }),
    });
  }
}

/** Rules and queues in the regions of replicas, whose names CloudFormation begins with those of their stacks. */
const auditNamesElsewhere = (catalog: EnvironmentCatalog): string[] =>
  replicaRegionsOf(catalog).length === 0 ? [] : [`${asShortened(stackName(catalog.name, 'foundation'))}*`];
