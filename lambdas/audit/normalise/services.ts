/** Whose events are audited: the source of a record. */

import { guardingOperations } from './guarding-operations.ts';

export const secretsManager = 'secretsmanager.amazonaws.com';

/** The project's own events. */
export const ownService = 'strongroom';

/** `eventSource` of the CloudTrail records that are audited. */
export const auditedSources: readonly string[] = [secretsManager, 'kms.amazonaws.com', ...guardingOperations.keys()];
