/**
 * Which events of the account are audit events. EventBridge's rules and the reader of the trail's files select by the same
 * patterns; the calls of guarding-calls.ts are for the detections, which the reader does not serve: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */

import { matchesWildcards } from './wildcards.ts';

/** The part of EventBridge's patterns that the rules use: all fields must match, each by one of its alternatives. */
export interface EventPattern {
  readonly [field: string]: readonly (string | Matcher)[] | EventPattern;
}

type Matcher =
  | { readonly prefix: string }
  /** `*` is any run of characters. */
  | { readonly wildcard: string }
  | { readonly exists: false };

/** What the reader of the trail's files reads, and what it selects. */
export interface AuditTrailFiles {
  readonly bucket: string;
  readonly account: string;
  readonly regions: readonly string[];
  /** How the ARNs of the environment's secrets begin. */
  readonly secrets: readonly string[];
}

const apiCall = 'AWS API Call via CloudTrail';

/** Every event of Secrets Manager: calls, rotations, moved labels. */
export const secretCallsPattern: EventPattern = { source: ['aws.secretsmanager'] };

/** Uses of a key for secrets whose ARNs begin like this. */
export const keyUsePattern = (secrets: readonly { readonly prefix: string }[]): EventPattern => ({
  source: ['aws.kms'],
  'detail-type': [apiCall],
  detail: { eventName: ['Decrypt'], requestParameters: { encryptionContext: { SecretARN: secrets } } },
});

/** Calls that make another key serve, or that let someone else use or change one. */
export const keyGovernanceCalls = [
  'CreateAlias',
  'DeleteAlias',
  'DisableKey',
  'DisableKeyRotation',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'UpdateAlias',
] as const;

/** Of every key of the region: the event does not say which of them is whose. */
export const keyGovernancePattern: EventPattern = {
  source: ['aws.kms'],
  'detail-type': [apiCall],
  detail: { eventName: keyGovernanceCalls },
};

/**
 * Grants that a principal gives by itself. Services take grants for their own work, on each volume and each database of the
 * account: those are not taken.
 */
export const keyGrantsPattern: EventPattern = {
  source: ['aws.kms'],
  'detail-type': [apiCall],
  detail: { eventName: ['CreateGrant'], userIdentity: { invokedBy: [{ exists: false }] } },
};

/**
 * Whether a record of a trail's file is one that the rules take to the audit's queue.
 *
 * @param secrets how the ARNs of the environment's secrets begin
 */
export const isAuditRecord = (record: Readonly<Record<string, unknown>>, secrets: readonly string[]): boolean => {
  const event = busEventOf(record);
  if (event === undefined) return false;
  const patterns = [
    secretCallsPattern,
    keyUsePattern(secrets.map((prefix) => ({ prefix }))),
    keyGovernancePattern,
    keyGrantsPattern,
  ];
  return patterns.some((pattern) => matchesPattern(pattern, event));
};

/**
 * A record as EventBridge delivers it; `undefined` if it delivers none, as of Insights, which are found in events and are
 * not events.
 */
export const busEventOf = (
  record: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined => {
  const { eventSource, eventType, eventCategory, eventTime, awsRegion, recipientAccountId } = record;
  if (typeof eventSource !== 'string' || eventCategory === 'Insight') return undefined;
  return {
    version: '0',
    'detail-type': eventType === 'AwsServiceEvent' ? 'AWS Service Event via CloudTrail' : apiCall,
    source: `aws.${eventSource.replace(/\.amazonaws\.com$/, '')}`,
    account: recipientAccountId,
    time: eventTime,
    region: awsRegion,
    resources: [],
    detail: record,
  };
};

/** What EventBridge answers for an event, of the patterns that the rules use. */
export const matchesPattern = (pattern: EventPattern, value: unknown): boolean =>
  isObject(value) &&
  Object.entries(pattern).every(([field, wanted]) => {
    const own = Object.hasOwn(value, field) ? value[field] : undefined;
    if (!isAlternatives(wanted)) return matchesPattern(wanted, own);
    return wanted.some((one) => matchesOne(one, own));
  });

const matchesOne = (one: string | Matcher, own: unknown): boolean => {
  if (typeof one === 'string') return one === own;
  if ('exists' in one) return own === undefined;
  if (typeof own !== 'string') return false;
  return 'prefix' in one ? own.startsWith(one.prefix) : matchesWildcards(one.wildcard, own);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAlternatives = (wanted: EventPattern[string]): wanted is Extract<EventPattern[string], readonly unknown[]> =>
  Array.isArray(wanted);
