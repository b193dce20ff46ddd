/** Something that the audit lives of was stopped, narrowed or emptied: trail, selectors, rules, queues, functions, files. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

/** By service: calls, and the request parameters that name what they change. */
const calls: Readonly<Record<string, { readonly operations: RegExp; readonly named: readonly string[] }>> = {
  cloudtrail: {
    operations: /^(DeleteTrail|PutEventSelectors|StopLogging|UpdateTrail)$/,
    named: ['name', 'trailName'],
  },
  events: {
    operations: /^(DeleteRule|DisableRule|PutRule|RemoveTargets)$/,
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
      /^(DeleteBucket|DeleteBucketLifecycle|DeleteBucketPolicy|PutBucketLifecycle|PutBucketPolicy|PutBucketVersioning|PutObjectLockConfiguration)/,
    named: ['bucketName'],
  },
};

export const auditTampering: Rule = (event, { declared }) => {
  const call = calls[event.service];
  if (!call?.operations.test(event.operation) || !event.succeeded || isByDeployment(event, declared)) return undefined;
  const named = call.named.map((key) => event.request[key]).find((value) => typeof value === 'string');
  const name = named === undefined ? undefined : lastOf(named);
  // Stopping any trail of the account ends the events of all environments; the rest is known by its name.
  if (event.service !== 'cloudtrail' && (name === undefined || !declared.isAuditResource(name))) return undefined;
  return {
    group: `${event.service} ${name ?? 'unknown'}`,
    secrets: [],
    message: `${nameOf(event.principal)} called ${event.operation} for ${name ?? 'an unknown resource'}, which the audit needs`,
  };
};

/** The name in an ARN, an address or a path. */
const lastOf = (reference: string): string => reference.split(/[/:]/).at(-1) ?? reference;
