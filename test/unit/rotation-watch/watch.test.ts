/** What the watch of rotations by functions of the organisation's own counts, and what it asks of Secrets Manager. */
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { describeSecret } from '../../../lambdas/rotation-watch/adapters/describe.ts';
import { createHandler } from '../../../lambdas/rotation-watch/create-handler.ts';
import type { RotationState } from '../../../lambdas/rotation-watch/watch/watch.ts';
import { AwsError } from '../../../lambdas/runtime/aws-error.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { keptLog, type LogLine } from '../../_helpers/middleware-scene.ts';

const now = new Date('2026-11-30T12:00:00Z');
const before = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
const arnOf = (name: string): string => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbCdEf`;

const neverRotated: RotationState = {
  name: 'prod/payments/stripe',
  rotationEnabled: true,
  isPending: false,
  createdAt: before(5000),
  lastChangedAt: before(700),
  nextRotationAt: before(-20),
};

const healthy: RotationState = { ...neverRotated, lastRotatedAt: before(700) };

const context = { getRemainingTimeInMillis: () => 30_000 };

const watching = (states: readonly (RotationState | Error)[], overdueAfterHours?: number) => {
  const { log, lines } = keptLog();
  const handler = createHandler({
    environment: 'prod',
    ports: () => ({
      describe: (arn) => {
        const state = states[Number(/(\d+)-AbCdEf$/.exec(arn)?.[1])]!;
        return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
      },
    }),
    now: () => now,
    log,
    redactor: new Redactor(),
  });
  const event = {
    application: 'payments',
    secrets: states.map((_, index) => ({
      arn: arnOf(`prod/payments/${index}`),
      ...(overdueAfterHours !== undefined && { overdueAfterHours }),
    })),
  };
  return { lines, report: handler(event, context) };
};

const metricIn = (lines: readonly LogLine[]): LogLine => lines.find(({ message }) => message === 'Rotation measured')!;

describe('the watch of function rotations', () => {
  it.each<[string, RotationState, { stuck: number; overdue: number }]>([
    ['rotated in time', healthy, { stuck: 0, overdue: 0 }],
    [
      'pending for less than an hour',
      { ...healthy, isPending: true, lastChangedAt: before(0.9) },
      { stuck: 0, overdue: 0 },
    ],
    [
      'pending for more than an hour',
      { ...healthy, isPending: true, lastChangedAt: before(1.1) },
      { stuck: 1, overdue: 0 },
    ],
    ['whose rotation is off', { ...healthy, rotationEnabled: false }, { stuck: 0, overdue: 1 }],
    ['whose date has passed', { ...healthy, nextRotationAt: before(0.1) }, { stuck: 0, overdue: 1 }],
    ['rotated within interval and window', { ...healthy, lastRotatedAt: before(743) }, { stuck: 0, overdue: 0 }],
    [
      'without success for interval and window, whose next date is ahead',
      { ...healthy, lastRotatedAt: before(745), lastChangedAt: before(2) },
      { stuck: 0, overdue: 1 },
    ],
    [
      'that has just got its schedule and never rotated',
      { ...neverRotated, lastChangedAt: before(1) },
      { stuck: 0, overdue: 0 },
    ],
    [
      'that never rotated since it got its schedule',
      { ...neverRotated, lastChangedAt: before(745) },
      { stuck: 0, overdue: 1 },
    ],
  ])('a secret %s', async (_what, state, counts) => {
    const { lines, report } = watching([state], 744);

    expect(await report).toEqual({ secrets: 1, ...counts });

    expect(metricIn(lines)).toMatchObject({
      environment: 'prod',
      application: 'payments',
      RotationStuck: counts.stuck,
      RotationOverdue: counts.overdue,
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Strongroom',
            Dimensions: [['environment', 'application']],
            Metrics: [
              { Name: 'RotationStuck', Unit: 'Count' },
              { Name: 'RotationOverdue', Unit: 'Count' },
            ],
          },
        ],
      },
    });
    const named = lines.filter(({ message }) => message === 'Secret needs attention');
    expect(named).toEqual(
      counts.stuck + counts.overdue === 0
        ? []
        : [
            {
              level: 'warn',
              message: 'Secret needs attention',
              secret: healthy.name,
              stuck: counts.stuck === 1,
              overdue: counts.overdue === 1,
            },
          ],
    );
  });

  it('counts by the date alone if the schedule has no fixed interval', async () => {
    expect(await watching([{ ...healthy, lastRotatedAt: before(9000) }]).report).toMatchObject({ overdue: 0 });
  });

  it('counts the others if one secret cannot be described, and then fails', async () => {
    const denied = new AwsError('aws-denied', 'Could not describe secret', { retryable: false });
    const { lines, report } = watching([denied, { ...healthy, rotationEnabled: false }]);

    await expect(report).rejects.toMatchObject({ name: 'not-measured' });

    expect(metricIn(lines)).toMatchObject({ RotationStuck: 0, RotationOverdue: 1 });
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', secret: arnOf('prod/payments/0'), outcome: 'aws-denied' }),
    );
  });

  it.each<[string, unknown, string]>([
    ['no object', 'payments', 'it is a string and must be an object'],
    ['no application', { secrets: [] }, 'application is missing and must be a string'],
    [
      'an unknown key',
      { application: 'payments', secrets: [], environment: 'dev' },
      'it has the unknown key environment',
    ],
    [
      'an unknown key of a secret',
      { application: 'payments', secrets: [{ arn: arnOf('x'), name: 'x' }] },
      'secrets.0 has the unknown key name',
    ],
    ['no ARN', { application: 'payments', secrets: [{ arn: 'prod/payments/stripe' }] }, 'secrets.0.arn must be an ARN'],
    [
      'an interval that is not positive',
      { application: 'p', secrets: [{ arn: arnOf('x'), overdueAfterHours: 0 }] },
      'secrets.0.overdueAfterHours must be greater than 0',
    ],
  ])('refuses an event with %s', async (_what, event, problem) => {
    const { log, lines } = keptLog();
    const handler = createHandler({
      environment: 'prod',
      ports: () => ({ describe: () => Promise.reject(new Error('not reached')) }),
      now: () => now,
      log,
      redactor: new Redactor(),
    });
    await expect(handler(event, context)).rejects.toMatchObject({
      name: 'event-invalid',
      message: `The request of the schedule is not valid: ${problem}`,
    });
    expect(lines).toMatchObject([{ level: 'error', message: 'Rotation watch failed', outcome: 'event-invalid' }]);
  });
});

describe('what Secrets Manager says of a secret', () => {
  const secretsManager = mockClient(SecretsManagerClient);
  beforeEach(() => {
    secretsManager.reset();
  });
  afterAll(() => {
    secretsManager.restore();
  });
  const describeOne = describeSecret(new SecretsManagerClient({ region: 'eu-west-1' }), { remainingMs: () => 5000 });

  it.each<[string, Record<string, string[]>, boolean]>([
    ['is current', { a: ['AWSCURRENT', 'AWSPENDING'] }, false],
    ['was current', { a: ['AWSCURRENT'], b: ['AWSPREVIOUS', 'AWSPENDING'] }, false],
    ['is neither', { a: ['AWSCURRENT'], b: ['AWSPENDING'] }, true],
  ])('the version with AWSPENDING %s', async (_what, VersionIdsToStages, isPending) => {
    secretsManager.on(DescribeSecretCommand).resolves({ Name: 'x', RotationEnabled: true, VersionIdsToStages });
    expect(await describeOne(arnOf('x'))).toEqual({ name: 'x', rotationEnabled: true, isPending });
  });

  it('a refusal has a code', async () => {
    secretsManager.on(DescribeSecretCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(describeOne(arnOf('x'))).rejects.toMatchObject({ code: 'aws-denied' });
  });
});
