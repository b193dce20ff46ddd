/** What kind of activity an operation is, and how severe its outcome. */
import type { OcsfActivity, OcsfSeverity } from './ocsf.ts';

const activities: readonly (readonly [RegExp, OcsfActivity])[] = [
  [/^(?:Delete|Schedule\w*Deletion|StartSecretVersionDelete|EndSecretVersionDelete|Remove|Retire|Revoke)/, 'Delete'],
  [/^(?:Create|Replicate)/, 'Create'],
  [/^(?:Get|BatchGet|List|Describe|Decrypt|Validate|Verify)/, 'Read'],
  [
    /^(?:Put|Update|Rotat|Secret Label Updated|Tag|Untag|Restore|Cancel|Stop|Enable|Disable|Import|Synchronize|ReEncrypt|Replication)/,
    'Update',
  ],
];

export const activityOf = (operation: string): OcsfActivity =>
  activities.find(([pattern]) => pattern.test(operation))?.[1] ?? 'Other';

/** Service events whose very name says that something failed; CloudTrail gives them no error code. */
export const failedServiceEvents: ReadonlySet<string> = new Set([
  'RotationFailed',
  'RotationAbandoned',
  'ReplicationFailed',
]);

const deniedCodes = /AccessDenied|Unauthorized|NotAuthorized/i;

/** A failed rotation is high, a refused caller medium, any other failed call low. */
export const severityOf = (operation: string, errorCode: string | undefined): OcsfSeverity => {
  if (failedServiceEvents.has(operation)) return 'High';
  if (errorCode === undefined) return 'Informational';
  return deniedCodes.test(errorCode) ? 'Medium' : 'Low';
};
