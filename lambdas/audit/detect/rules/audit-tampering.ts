/** Something that the audit lives of was stopped, narrowed or emptied: trail, selectors, rules, queues, functions, files. */
import { nameOf, type EventFacts } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

/** By service: calls, and the request parameters that name what they change. */
const calls: Readonly<Record<string, { readonly operations: RegExp; readonly named: readonly string[] }>> = {
  cloudtrail: {
    operations: /^(DeleteTrail|PutEventSelectors|StopLogging|UpdateTrail)$/,
    named: ['name', 'trailName'],
  },
  events: {
    operations: /^(DeleteRule|DisableRule|PutRule|PutTargets|RemoveTargets)$/,
    named: ['name', 'rule'],
  },
  sqs: {
    operations: /^(AddPermission|DeleteQueue|PurgeQueue|SetQueueAttributes)$/,
    named: ['queueUrl'],
  },
  lambda: {
    operations:
      /^(DeleteEventSourceMapping|DeleteFunction|PutFunctionConcurrency|UpdateEventSourceMapping|UpdateFunctionCode|UpdateFunctionConfiguration)/,
    named: ['functionName'],
  },
  s3: {
    operations:
      /^(DeleteBucket|DeleteBucketLifecycle|DeleteBucketPolicy|PutBucketLifecycle|PutBucketNotification|PutBucketPolicy|PutBucketVersioning|PutObjectLockConfiguration)/,
    named: ['bucketName'],
  },
};

export const auditTampering: Rule = (event, { declared }) => {
  const call = calls[event.service];
  if (!call?.operations.test(event.operation) || !event.succeeded) return undefined;
  // The normaliser reads it from the selectors, which themselves do not leave.
  const isNarrowed = event.more['selectorReach'] === 'narrowed';
  const segments = segmentsOf(event, call.named);
  const own = segments.find((segment) => declared.isAuditResource(segment));
  const name = own ?? segments.at(-1);
  // A deployment replaces what it owns. It never leaves events out of the trail.
  if (isByDeployment(event, declared) && !(isNarrowed && own !== undefined)) return undefined;
  // Stopping any trail of the account ends the events of all environments; the rest is known by its name.
  if (event.service !== 'cloudtrail' && own === undefined) return undefined;
  return {
    group: `${event.service} ${name ?? 'unknown'}`,
    secrets: [],
    message: `${nameOf(event.principal)} called ${event.operation} for ${name ?? 'an unknown resource'}, which the audit needs${isNarrowed ? '; management events are left out' : ''}`,
  };
};

/**
 * What a name, an ARN or an address consists of: a function can be named with its account or a qualifier. An event source
 * mapping is named by an id, and the answer has the function.
 */
const segmentsOf = ({ request, response }: EventFacts, named: readonly string[]): readonly string[] => {
  const reference = [...named.map((key) => request[key]), response['functionArn']].find(
    (value) => typeof value === 'string',
  );
  return reference?.split(/[/:]/) ?? [];
};
