/** What kind of activity each known event name is, and how severe it is. */
import { heartbeatOperation } from '../../../lib/contract/index.ts';
import { ownService, secretsManager } from './services.ts';
import { guardingOperations } from './guarding-operations.ts';
import { kmsOperations } from './kms-operations.ts';
import type { ApiActivity, OcsfActivity } from './api-activity.ts';
import type { OcsfSeverity } from './ocsf-objects.ts';
import { secretsManagerOperations } from './secrets-manager-operations.ts';

export interface Operation {
  readonly activity: OcsfActivity;
  /**
   * Of a call that succeeds: Low changes who may use a secret or a key, Medium makes one unusable.
   * @default 'Informational'
   */
  readonly severity?: OcsfSeverity;
  /** The name itself says that something failed: CloudTrail has no error code for it. */
  readonly failed?: true;
}

/** The project's own events, by their detail type. */
const ownOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [heartbeatOperation, { activity: 'Other' }],
]);

/** By the source of the event, then by its name. */
export const operations: ReadonlyMap<string, ReadonlyMap<string, Operation>> = new Map([
  [secretsManager, secretsManagerOperations],
  ['kms.amazonaws.com', kmsOperations],
  ...guardingOperations,
  [ownService, ownOperations],
]);

const unknownOperation: Operation = { activity: 'Other' };

/** AWS adds names: one that is not in the table is `Other` (99), with the severity of its outcome. */
export const operationOf = (service: string, name: string): Operation =>
  operations.get(service)?.get(name) ?? unknownOperation;

/** Whether an error code of AWS says that the caller may not. */
export const isDenied = (errorCode: string): boolean => /AccessDenied|Unauthorized|NotAuthorized/i.test(errorCode);

/** A refused caller is Medium, any other failed call Low. */
export const severityOf = ({ severity = 'Informational' }: Operation, errorCode: string | undefined): OcsfSeverity => {
  if (errorCode === undefined) return severity;
  return isDenied(errorCode) ? 'Medium' : 'Low';
};

const mostNames = 20;

/**
 * How often each name came that is not in the table, for the log: it needs a row.
 *
 * @returns undefined if there is none; at most 20 names, such as `kms.amazonaws.com NewOperation`.
 */
export const unknownOperations = (
  events: readonly Pick<ApiActivity, 'api'>[],
): Readonly<Record<string, number>> | undefined => {
  const counts = new Map<string, number>();
  for (const { api } of events) {
    const service = api.service.name;
    if (operations.get(service)?.has(api.operation)) continue;
    const name = `${service} ${api.operation}`;
    if (counts.has(name) || counts.size < mostNames) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts.size === 0 ? undefined : Object.fromEntries(counts);
};
