/** Which secrets the function of first rotations rotates, and what it answers to CloudFormation. */
import { expect, test } from 'vitest';
import {
  createHandler,
  type CloudFormationAnswer,
  type RotatableSecret,
} from '../../../lambdas/first-rotation/start/first-rotation.ts';

const now = new Date('2026-11-30T12:00:00Z');
const fresh: RotatableSecret = { createdAt: new Date('2026-11-30T11:59:00Z') };
const requestId = 'c0ffee00-0000-4000-8000-000000000000';

const world = (secrets: Readonly<Record<string, RotatableSecret>>, refused: readonly string[] = []) => {
  const rotated: [arn: string, token: string][] = [];
  const answers: CloudFormationAnswer[] = [];
  const quiet = () => undefined;
  const handler = createHandler({
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
    answer: (_url, answer) => {
      answers.push(answer);
      return Promise.resolve();
    },
    now: () => now,
    log: { info: quiet, warn: quiet, error: quiet },
  });
  return { handler, rotated, answers };
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
      Reason: 'Could not start the first rotation of a (AccessDeniedException). The log of the function says why.',
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

test.each([
  [undefined, 'the event'],
  [event({ RequestType: 'Destroy' }), 'RequestType'],
  [event({ ResponseURL: 'nowhere' }), 'ResponseURL'],
  [event({ ResourceProperties: { ScheduledSecrets: 'a', GeneratedSecrets: [] } }), 'ScheduledSecrets'],
  [event({ RequestId: '' }), 'RequestId'],
])('refuses an event that CloudFormation does not send: %j', async (input, field) => {
  const { handler, rotated } = world({ a: fresh });
  await expect(handler(input)).rejects.toThrow(`${field} is not what CloudFormation sends`);
  expect(rotated).toEqual([]);
});
