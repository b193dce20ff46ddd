/** The calls of other services that reach the detections: those that the rules look at, and no others. */
import { describe, expect, it } from 'vitest';
import { guardingOperations } from '../../../lambdas/audit/normalise/guarding-operations.ts';
import { busEventOf, guardingCalls, guardingPatterns, matchesPattern } from '../../../lib/contract/index.ts';
import { account, apiCall, region } from '../../_fixtures/cloudtrail.ts';

const breakGlassRole = `arn:aws:iam::${account}:role/strongroom-prod-break-glass`;
const patterns = guardingPatterns({ prefixes: ['strongroom-prod-', 'Platform'], breakGlassRole });

/** Ids of the rules that take a call. */
const takenBy = (service: string, eventName: string, requestParameters: unknown, more: object = {}): string[] => {
  const event = busEventOf(apiCall(eventName, { eventSource: `${service}.amazonaws.com`, requestParameters, ...more }));
  return patterns.filter(({ pattern }) => matchesPattern(pattern, event)).map(({ id }) => id);
};

const queue = (name: string) => ({ queueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}` });

describe('a rule takes', () => {
  it.each<[string, string, string, unknown, string]>([
    ['any trail that is stopped', 'cloudtrail', 'StopLogging', { name: 'organisation' }, 'TrailChanges'],
    ['a rule that is disabled', 'events', 'DisableRule', { name: 'strongroom-prod-audit-Heart' }, 'RuleChanges'],
    ['targets that go', 'events', 'RemoveTargets', { rule: 'Platform-AuditHeartbeat' }, 'TargetChanges'],
    ['a queue that is emptied', 'sqs', 'PurgeQueue', queue('strongroom-prod-audit-detect'), 'QueueChanges'],
    [
      'code by the name of the function',
      'lambda',
      'UpdateFunctionCode20150331v2',
      { functionName: 'strongroom-prod-rotation-postgres' },
      'FunctionChanges',
    ],
    [
      'code by its ARN',
      'lambda',
      'UpdateFunctionCode20150331v2',
      { functionName: `arn:aws:lambda:${region}:${account}:function:strongroom-prod-audit:live` },
      'FunctionChanges',
    ],
    ['a role', 'iam', 'PutRolePolicy', { roleName: 'strongroom-prod-rotation-postgres' }, 'RoleChanges'],
    ['a bucket', 's3', 'DeleteBucketPolicy', { bucketName: 'platform-audittrailfiles-a1b2' }, 'BucketChanges'],
    ['a session of break-glass', 'sts', 'AssumeRole', { roleArn: breakGlassRole }, 'BreakGlassSessions'],
    ['one by SAML', 'sts', 'AssumeRoleWithSAML', { roleArn: breakGlassRole }, 'BreakGlassSessions'],
  ])('%s', (_title, service, name, parameters, id) => {
    expect(takenBy(service, name, parameters)).toEqual([id]);
  });
});

it('a rule takes a mapping that is deleted, by the function in the answer', () => {
  const deleted = (name: string) =>
    takenBy(
      'lambda',
      'DeleteEventSourceMapping20150331',
      { uUID: '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d' },
      { responseElements: { functionArn: `arn:aws:lambda:${region}:${account}:function:${name}` } },
    );
  expect(deleted('strongroom-prod-audit-detect')).toEqual(['MappingChanges']);
  expect(deleted('orders-api')).toEqual([]);
});

describe('no rule takes', () => {
  it.each<[string, string, string, unknown]>([
    ['a session of another role', 'sts', 'AssumeRole', { roleArn: `arn:aws:iam::${account}:role/prod-payments-api` }],
    ['a session without a role', 'sts', 'GetCallerIdentity', null],
    ['a queue of others', 'sqs', 'PurgeQueue', queue('orders')],
    ['a queue with the name in its middle', 'sqs', 'PurgeQueue', queue('my-strongroom-prod-copy')],
    ['messages', 'sqs', 'ReceiveMessage', queue('strongroom-prod-audit-detect')],
    ['a function of others', 'lambda', 'UpdateFunctionCode20150331v2', { functionName: 'orders-api' }],
    ['a read of a function', 'lambda', 'GetFunction20150331v2', { functionName: 'strongroom-prod-audit' }],
    ['a role of another environment', 'iam', 'PutRolePolicy', { roleName: 'strongroom-dev-audit' }],
    ['a bucket of others', 's3', 'PutBucketPolicy', { bucketName: 'photos' }],
    ['a new trail', 'cloudtrail', 'CreateTrail', { name: 'second' }],
    ['parameters that are no mapping', 'events', 'PutRule', 'strongroom-prod-audit'],
  ])('%s', (_title, service, name, parameters) => {
    expect(takenBy(service, name, parameters)).toEqual([]);
  });
});

/** Calls that the normaliser knows and that do not name, in their parameters, what they change. */
const unnamed: ReadonlySet<string> = new Set(['AssumeRoot']);

it('the normaliser knows each of the calls, and each that it knows is taken', () => {
  const known = [...guardingOperations].map(([source, calls]): [string, string[]] => [
    source.replace('.amazonaws.com', ''),
    [...new Set([...calls.keys()].map((name) => name.replace(/20\d{6}(v2)?$/, '')))].sort(),
  ]);
  const { eventTargets, mappings, ...taken } = guardingCalls;
  const more: Readonly<Record<string, readonly string[]>> = { events: eventTargets, lambda: mappings };
  for (const [service, names] of known) {
    const listed = [...taken[service as keyof typeof taken], ...(more[service] ?? [])];
    expect([...listed].sort(), service).toEqual(names.filter((name) => !unnamed.has(name)));
  }
});

it('each pattern fits into a rule', () => {
  for (const { pattern } of patterns) expect(JSON.stringify(pattern).length).toBeLessThan(2_048);
});
