/** The destinations' queues, as the functions in front of them get them. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AuditQueue } from '../../contract/index.ts';
import type { AuditDestination } from './audit-destination.ts';

/**
 * @param more - queues that get every event and belong to no destination.
 * @returns JSON: a list of {@link AuditQueue}.
 */
export const auditQueuesOf = (
  scope: Construct,
  destinations: readonly AuditDestination[],
  more: readonly Pick<AuditQueue, 'name' | 'queueUrl'>[] = [],
): string =>
  Stack.of(scope).toJsonString([
    ...destinations.map(({ settings: { name, events, minimumSeverity, raw }, queue: { queueUrl } }): AuditQueue => ({
      name,
      queueUrl,
      ...(events && { events }),
      ...(minimumSeverity && { minimumSeverity }),
      raw,
    })),
    ...more.map(({ name, queueUrl }): AuditQueue => ({ name, queueUrl, raw: false })),
  ]);
