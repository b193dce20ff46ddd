/** Which secrets the function of first rotations rotates, and what it answers to CloudFormation. */
import { expect, test } from 'vitest';
import { createHandler } from '../../../lambdas/first-rotation/create-handler.ts';
import type { RotatableSecret } from '../../../lambdas/first-rotation/start/first-rotation.ts';
import type { CloudFormationAnswer } from '../../../lambdas/runtime/middleware/custom-resource.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';

const now = new Date('2026-11-30T12:00:00Z');
const fresh: RotatableSecret = { createdAt: new Date('2026-11-30T11:59:00Z') };
const requestId = 'c0ffee00-0000-4000-8000-000000000000';

const world = (secrets: Readonly<Record<string, RotatableSecret>>, refused: readonly string[] = []) => {
  const rotated: [arn: string, token: string][] = [];
  const answers: CloudFormationAnswer[] = [];
  const lines: unknown[][] = [];
  const line = (...parts: unknown[]) => {
    lines.push(parts);
  };
  const handle = createHandler({
    ports: () => ({
      describe: (arn) => {
        const secret = secrets[arn];
        return secret ? Promise.resolve(secret) : Promise.reject(new Error(`no ${arn}`));
      },
      rotate: (arn, token) => {
        if (refused.includes(arn))
          return Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
        rotated.push([arn, token]);
        return Promise.resolve();
      },
    }),
    answer: (_url, answer) => {
      answers.push(answer);
      return Promise.resolve();
    },
    now: () => now,
    log: { info: line, warn: line, error: line },
    redactor: new Redactor(),
  });
  const handler = (event: unknown, remainingMs = 600_000) =>
    handle(event, { getRemainingTimeInMillis: () => remainingMs });
  return { handler, rotated, answers, lines };
};

const event = (change: Readonly<Record<string, unknown>>) => ({
  RequestType: 'Create',
  RequestId: requestId,
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/strongroom-prod-payments/1',
  LogicalResourceId: 'FirstRotationprod',
  ResponseURL: 'https://answers.example.com/1',
  ResourceProperties: { ScheduledSecrets: ['a'], GeneratedSecrets: ['a'] },
  ...change,
});

test('a secret that has just been created is rotated, with the id of the request as the version', async () => {
  const { handler, rotated, answers } = world({ a: fresh });
  await handler(event({}));
  expect(rotated).toEqual([['a', requestId]]);
  expect(answers).toEqual([
    {
      Status: 'SUCCESS',
      PhysicalResourceId: 'FirstRotationprod',
      StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/strongroom-prod-payments/1',
      RequestId: requestId,
      LogicalResourceId: 'FirstRotationprod',
    },
  ]);
});

test.each<{
  name: string;
  secrets: Record<string, RotatableSecret>;
  change: Record<string, unknown>;
  rotated: string[];
}>([
  {
    name: 'one that was rotated before is left to its window',
    secrets: { a: { ...fresh, lastRotatedAt: new Date('2026-11-30T11:59:30Z') } },
    change: {},
    rotated: [],
  },
  {
    name: 'one that was created days ago is left to its window',
    secrets: { a: { createdAt: new Date('2026-11-28T12:00:00Z') } },
    change: {},
    rotated: [],
  },
  {
    name: 'one that the stack had before, with or without a schedule, is left to its window',
    secrets: { a: fresh, b: fresh, c: fresh },
    change: {
      RequestType: 'Update',
      PhysicalResourceId: 'FirstRotationprod',
      ResourceProperties: { ScheduledSecrets: ['a', 'b', 'c'], GeneratedSecrets: ['a', 'b', 'c'] },
      OldResourceProperties: { ScheduledSecrets: ['a'], GeneratedSecrets: ['a', 'b'] },
    },
    rotated: ['c'],
  },
  {
    name: 'nothing is rotated as the resource goes',
    secrets: { a: fresh },
    change: { RequestType: 'Delete', PhysicalResourceId: 'FirstRotationprod' },
    rotated: [],
  },
])('$name', async ({ secrets, change, rotated }) => {
  const { handler, answers, ...seen } = world(secrets);
  await handler(event(change));
  expect(seen.rotated.map(([arn]) => arn)).toEqual(rotated);
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});

test('what could not be started fails the deployment, and names the secrets; the others are started', async () => {
  const { handler, rotated, answers } = world({ a: fresh, b: fresh }, ['a']);
  await handler(event({ ResourceProperties: { ScheduledSecrets: ['a', 'b'], GeneratedSecrets: ['a', 'b'] } }));
  expect(rotated.map(([arn]) => arn)).toEqual(['b']);
  expect(answers).toMatchObject([
    {
      Status: 'FAILED',
      Reason:
        'first-rotation-failed: Could not start the first rotation of a (AccessDeniedException). The log of the function says why.',
    },
  ]);
});

test('the answer for many secrets fits into what CloudFormation takes', async () => {
  const arns = Array.from(
    { length: 100 },
    (_, index) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${'x'.repeat(500)}${index}`,
  );
  const { handler, answers } = world(Object.fromEntries(arns.map((arn) => [arn, fresh])), arns);
  await handler(event({ ResourceProperties: { ScheduledSecrets: arns, GeneratedSecrets: arns } }));
  expect(Buffer.byteLength(JSON.stringify(answers[0]))).toBeLessThan(4096);
  expect(answers[0]?.Reason).toContain('and 95 more');
});

test('an invocation without time left answers, and names what it did not start', async () => {
  const { handler, rotated, answers } = world({ a: fresh });
  await handler(event({}), 40_000);
  expect(rotated).toEqual([]);
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('a (no time left)') as string }]);
});

test.each([
  [undefined, 'RequestType is missing'],
  ['Create', 'it is a string and must be an object'],
  [event({ RequestType: 'Destroy' }), 'RequestType must be one of Create, Update, Delete'],
  [event({ ResponseURL: 'nowhere' }), 'ResponseURL must be a URL'],
  [event({ RequestId: '' }), 'RequestId must not be empty'],
])('an event that could not be answered fails: %j', async (input, problem) => {
  const { handler, rotated, answers } = world({ a: fresh });
  await expect(handler(input)).rejects.toMatchObject({
    name: 'event-invalid',
    message: expect.stringContaining(`CloudFormation's request is not valid: ${problem}`) as string,
  });
  expect([rotated, answers]).toEqual([[], []]);
});

test.each([
  [
    'a text for a list',
    { ScheduledSecrets: 'a', GeneratedSecrets: [] },
    'ResourceProperties.ScheduledSecrets is a string',
  ],
  [
    'a list of something else',
    { ScheduledSecrets: [7], GeneratedSecrets: [] },
    'ResourceProperties.ScheduledSecrets.0 is a number',
  ],
  ['a key too few', { ScheduledSecrets: [] }, 'ResourceProperties.GeneratedSecrets is missing'],
  [
    'a key too many',
    { ScheduledSecrets: [], GeneratedSecrets: [], Canary: 'canary-value' },
    'ResourceProperties has the unknown key Canary',
  ],
])('properties with %s fail the deployment at once, with the field', async (_what, ResourceProperties, problem) => {
  const { handler, answers, lines } = world({ a: fresh });
  await handler(event({ ResourceProperties }));
  expect(answers).toMatchObject([
    {
      Status: 'FAILED',
      Reason: expect.stringContaining(`event-invalid: The resource's request is not valid: ${problem}`) as string,
    },
  ]);
  expect(JSON.stringify([answers, lines])).not.toContain('canary-value');
});

test.each([
  ['CloudFormation added a key to the request', event({ Added: 1 })],
  [
    'CloudFormation added its own properties',
    event({
      ResourceProperties: { ServiceToken: 'arn', ServiceTimeout: '60', ScheduledSecrets: ['a'], GeneratedSecrets: [] },
    }),
  ],
  [
    'another version of the construct wrote the old properties',
    event({
      RequestType: 'Update',
      OldResourceProperties: { GeneratedSecrets: [], Renamed: 'x' },
    }),
  ],
])('rotates where %s', async (_what, input) => {
  const { handler, rotated } = world({ a: fresh });
  await handler(input);
  expect(rotated).toHaveLength(1);
});

test('a deletion succeeds whatever its properties are', async () => {
  const { handler, answers } = world({});
  await handler(event({ RequestType: 'Delete', ResourceProperties: { Renamed: 'x' } }));
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});
