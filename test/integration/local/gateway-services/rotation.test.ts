import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
  type RotateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { RemovePermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { rotationSteps } from '../../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { deployFunction, type ClientConfiguration } from '../../../_helpers/deployed-function.ts';
import { startStepServer, type StepServer } from '../../../_helpers/step-server.ts';

const account = '111122223333';
const region = 'eu-west-1';
const entry = join(import.meta.dirname, '../../../_fixtures/rotation-function.ts');
const dayMs = 86_400_000;

let aws: LocalAws;
let steps: StepServer;
let configuration: ClientConfiguration;
let client: SecretsManagerClient;
let functionArn: string;
const defects: unknown[] = [];

beforeAll(async () => {
  steps = await startStepServer();
  aws = await startLocalAws({
    accounts: [account],
    region,
    retry: { attempts: 2, delayMs: () => 1 },
    onDefect: (error) => defects.push(error),
  });
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  client = new SecretsManagerClient({ ...configuration, maxAttempts: 1 });
  functionArn = await deploy('rotation');
});

beforeEach(() => {
  steps.steps.length = 0;
  steps.onStep(() => 'go');
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  await steps.close();
  expect(defects).toEqual([]);
});

const deploy = (name: string, timeoutSeconds = 30, invokedBy = 'secretsmanager.amazonaws.com') =>
  deployFunction(configuration, {
    name,
    entry,
    account,
    allow: ['secretsmanager:*'],
    environment: { STEPS: steps.url },
    timeoutSeconds,
    invokedBy,
  });

const createSecret = async () => {
  const first = randomUUID();
  const { ARN: SecretId = '' } = await client.send(
    new CreateSecretCommand({ Name: `dev/${randomUUID()}`, SecretString: 'first value', ClientRequestToken: first }),
  );
  const rotate = async (more: Partial<RotateSecretCommandInput> = {}) => {
    const ClientRequestToken = randomUUID();
    await client.send(
      new RotateSecretCommand({ SecretId, ClientRequestToken, RotationLambdaARN: functionArn, ...more }),
    );
    return ClientRequestToken;
  };
  const labels = async () => (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages;
  const valueOf = async (VersionStage: string) =>
    (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;
  return { SecretId, first, rotate, labels, valueOf };
};

const serviceEvents = (secretArn: string) =>
  aws.cloudTrail
    .records()
    .filter(({ additionalEventData }) => additionalEventData?.['SecretId'] === secretArn)
    .map(({ eventName }) => eventName);

describe('RotateSecret', () => {
  it('runs the four steps through the function, which finds a pending version without a value', async () => {
    const { SecretId, first, rotate, labels, valueOf } = await createSecret();
    let pendingAtCreate: unknown;
    let shown: unknown;
    steps.during(async ({ Step }) => {
      if (Step === 'createSecret') {
        pendingAtCreate = await valueOf('AWSPENDING').catch((error: unknown) => error);
        const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId }));
        shown = [await labels(), Versions?.length];
      }
    });

    const token = await rotate();
    const outcome = await aws.rotations.settled(SecretId);

    expect(outcome).toEqual({ status: 'succeeded', versionId: token });
    expect(steps.steps).toEqual(
      ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((Step) => ({
        Step,
        SecretId,
        ClientRequestToken: token,
      })),
    );
    expect(pendingAtCreate).toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
    expect(shown).toEqual([{ [first]: ['AWSCURRENT'], [token]: ['AWSPENDING'] }, 2]);
    expect(await labels()).toEqual({ [first]: ['AWSPREVIOUS'], [token]: ['AWSPENDING', 'AWSCURRENT'] });
    expect(await valueOf('AWSCURRENT')).toBe(`value of ${token}`);
    expect(serviceEvents(SecretId)).toEqual(['RotationStarted', 'RotationSucceeded']);
  });

  it('rotates again with the stored configuration while AWSPENDING is still on the current version', async () => {
    const { SecretId, rotate, labels } = await createSecret();
    const first = await rotate();
    await aws.rotations.settled(SecretId);

    const { VersionId = '' } = await client.send(new RotateSecretCommand({ SecretId }));
    await aws.rotations.settled(SecretId);

    expect(await labels()).toEqual({ [first]: ['AWSPREVIOUS'], [VersionId]: ['AWSPENDING', 'AWSCURRENT'] });
    const { LastRotatedDate } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(LastRotatedDate).toBeInstanceOf(Date);
  });

  it('refuses while a rotation runs, but answers the same request again', async () => {
    const { SecretId, rotate } = await createSecret();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    steps.during(async ({ Step }) => {
      if (Step === 'createSecret') await held;
    });
    const token = await rotate();

    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    await rotate({ ClientRequestToken: token });
    release();

    expect(await aws.rotations.settled(SecretId)).toEqual({ status: 'succeeded', versionId: token });
    expect(steps.steps.filter(({ Step }) => Step === 'createSecret')).toHaveLength(1);
  });

  it('rotates two secrets at once', async () => {
    const [a, b] = [await createSecret(), await createSecret()];
    const both = new Set<string>();
    let release = (): void => undefined;
    const met = new Promise<void>((resolve) => (release = resolve));
    steps.during(async ({ Step, SecretId }) => {
      if (Step === 'setSecret') {
        both.add(SecretId);
        if (both.size === 2) release();
        await met;
      }
    });

    await Promise.all([a.rotate(), b.rotate()]);

    expect((await aws.rotations.settled(a.SecretId))?.status).toBe('succeeded');
    expect((await aws.rotations.settled(b.SecretId))?.status).toBe('succeeded');
  });
});

describe('a rotation that fails', () => {
  it('is tried again as a whole with the same version, and is stuck when no attempt is left', async () => {
    const { SecretId, first, rotate, labels } = await createSecret();
    steps.onStep(({ Step }) => (Step === 'setSecret' ? 'fail' : 'go'));

    const token = await rotate();
    const outcome = await aws.rotations.settled(SecretId);

    expect(outcome).toMatchObject({ status: 'failed', versionId: token, step: 'setSecret' });
    expect(steps.steps.map(({ Step }) => Step)).toEqual(['createSecret', 'setSecret', 'createSecret', 'setSecret']);
    expect(await labels()).toEqual({ [first]: ['AWSCURRENT'], [token]: ['AWSPENDING'] });
    await expect(rotate()).rejects.toMatchObject({ message: /^A previous rotation isn't complete/ });
    expect(serviceEvents(SecretId)).toEqual(['RotationStarted', 'RotationFailed', 'RotationStarted', 'RotationFailed']);
    const failed = aws.cloudTrail.records().findLast(({ eventName }) => eventName === 'RotationFailed');
    expect(failed).toMatchObject({
      eventType: 'AwsServiceEvent',
      errorMessage: `Error when executing lambda ${functionArn} during setSecret step`,
      requestID: `Rotation-${SecretId}-${token}`,
      userIdentity: { accountId: account, invokedBy: 'secretsmanager.amazonaws.com' },
    });

    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token }),
    );
    steps.onStep(() => 'go');
    await rotate();
    expect((await aws.rotations.settled(SecretId))?.status).toBe('succeeded');
  });

  it('goes on from where it failed when a later attempt succeeds', async () => {
    const { SecretId, rotate } = await createSecret();
    let failures = 1;
    steps.onStep(({ Step }) => (Step === 'testSecret' && failures-- > 0 ? 'fail' : 'go'));

    const token = await rotate();

    expect(await aws.rotations.settled(SecretId)).toEqual({ status: 'succeeded', versionId: token });
    expect(serviceEvents(SecretId)).toEqual([
      'RotationStarted',
      'RotationFailed',
      'RotationStarted',
      'RotationSucceeded',
    ]);
  });

  it('fails when the function times out', async () => {
    const { SecretId, rotate } = await createSecret();
    const RotationLambdaARN = await deploy('slow', 1);
    steps.onStep(({ Step }) => (Step === 'setSecret' ? 'hang' : 'go'));

    const token = await rotate({ RotationLambdaARN });

    expect(await aws.rotations.settled(SecretId)).toMatchObject({
      status: 'failed',
      versionId: token,
      step: 'setSecret',
    });
  });

  it('fails when the function ends well without moving AWSCURRENT', async () => {
    const { SecretId, rotate } = await createSecret();
    steps.onStep(({ Step }) => (Step === 'finishSecret' ? 'skip' : 'go'));

    await rotate();

    expect(await aws.rotations.settled(SecretId)).toMatchObject({ status: 'failed', step: 'finishSecret' });
  });

  it('is abandoned when a value is put by hand meanwhile', async () => {
    const { SecretId, rotate, labels } = await createSecret();
    const byHand = randomUUID();
    steps.during(async ({ Step }) => {
      if (Step === 'setSecret') {
        await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'by hand', ClientRequestToken: byHand }));
      }
    });

    await rotate();
    await aws.rotations.settled(SecretId);

    expect(steps.steps.map(({ Step }) => Step)).toEqual(['createSecret', 'setSecret']);
    expect((await labels())?.[byHand]).toEqual(['AWSCURRENT']);
    expect(Object.values((await labels()) ?? {}).flat()).not.toContain('AWSPENDING');
    expect(serviceEvents(SecretId)).toEqual(['RotationStarted', 'RotationAbandoned']);
  });

  it('ends after its step when it is cancelled, and leaves its labels', async () => {
    const { SecretId, rotate, labels } = await createSecret();
    steps.during(async ({ Step }) => {
      if (Step === 'setSecret') {
        const { VersionId } = await client.send(new CancelRotateSecretCommand({ SecretId }));
        expect(VersionId).toBeDefined();
      }
    });

    const token = await rotate();

    expect(await aws.rotations.settled(SecretId)).toEqual({ status: 'cancelled', versionId: token });
    expect((await labels())?.[token]).toEqual(['AWSPENDING']);
    const description = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(description).toMatchObject({ RotationEnabled: false, RotationLambdaARN: functionArn });
    expect(description.NextRotationDate).toBeUndefined();
  });
});

describe('an invocation that is lost', () => {
  it('after its effect is a failed step, which comes again', async () => {
    const { SecretId, rotate } = await createSecret();
    const fault = aws.faults.inject({
      service: 'lambda',
      operation: 'Invoke',
      match: { Payload: { Step: 'finishSecret', SecretId } },
      kind: 'timeout-after',
    });

    const token = await rotate();

    expect(await aws.rotations.settled(SecretId)).toEqual({ status: 'succeeded', versionId: token });
    expect(fault.met()).toBe(1);
    expect(steps.steps.map(({ Step }) => Step)).toEqual([...rotationSteps, ...rotationSteps]);
  });
});

describe('RotateImmediately: false', () => {
  it('runs testSecret alone, on a copy of the current value, and takes the version away', async () => {
    const { SecretId, first, rotate, labels, valueOf } = await createSecret();
    let tested: string | undefined;
    steps.during(async () => {
      tested = await valueOf('AWSPENDING');
    });

    const token = await rotate({ RotateImmediately: false, RotationRules: { ScheduleExpression: 'rate(30 days)' } });

    expect(await aws.rotations.settled(SecretId)).toEqual({ status: 'tested', versionId: token });
    expect(steps.steps.map(({ Step }) => Step)).toEqual(['testSecret']);
    expect(tested).toBe('first value');
    expect(await labels()).toEqual({ [first]: ['AWSCURRENT'] });
    expect(serviceEvents(SecretId)).toEqual(['TestRotationStarted', 'TestRotationSucceeded']);
  });

  it('reports a test that fails, and does not try it again', async () => {
    const { SecretId, first, rotate, labels } = await createSecret();
    steps.onStep(() => 'fail');

    await rotate({ RotateImmediately: false });

    expect(await aws.rotations.settled(SecretId)).toMatchObject({ status: 'test-failed', step: 'testSecret' });
    expect(steps.steps).toHaveLength(1);
    expect(await labels()).toEqual({ [first]: ['AWSCURRENT'] });
  });
});

describe('the configuration', () => {
  it.each([
    [
      'an unknown function',
      { RotationLambdaARN: 'arn:aws:lambda:eu-west-1:111122223333:function:nowhere' },
      'ResourceNotFoundException',
      /function:nowhere/,
    ],
    [
      'days and an expression',
      { RotationRules: { AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' } },
      'InvalidParameterException',
      /not both/,
    ],
    [
      'too short an interval',
      { RotationRules: { ScheduleExpression: 'rate(3 hours)' } },
      'InvalidParameterException',
      /every four hours/,
    ],
    [
      'no expression at all',
      { RotationRules: { ScheduleExpression: 'every day' } },
      'InvalidParameterException',
      /use rate\(value unit\) or cron/,
    ],
  ])('is refused with %s, and nothing changes', async (_what, more, name, message) => {
    const { SecretId, first, rotate, labels } = await createSecret();

    await expect(rotate(more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) as string });

    expect(await labels()).toEqual({ [first]: ['AWSCURRENT'] });
    expect(await client.send(new DescribeSecretCommand({ SecretId }))).not.toHaveProperty('RotationEnabled');
  });

  it('is refused where the function does not let Secrets Manager invoke it', async () => {
    const { rotate } = await createSecret();
    const RotationLambdaARN = await deploy('closed', 30, 's3.amazonaws.com');

    await expect(rotate({ RotationLambdaARN })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: /^Secrets Manager cannot invoke the specified Lambda function\./,
    });
  });

  it('does not outlive the permission to invoke', async () => {
    const { SecretId, rotate } = await createSecret();
    const RotationLambdaARN = await deploy('revoked');
    const lambda = new LambdaClient(configuration);
    steps.during(async ({ Step }) => {
      if (Step === 'createSecret') {
        await lambda.send(new RemovePermissionCommand({ FunctionName: 'revoked', StatementId: 'invoke' }));
      }
    });

    await rotate({ RotationLambdaARN });
    const outcome = await aws.rotations.settled(SecretId);
    lambda.destroy();

    expect(outcome).toMatchObject({ status: 'failed', message: /policy does not let secretsmanager\.amazonaws\.com/ });
  });
});

describe('a schedule', () => {
  it('rotates when its window opens, and plans the next one', async () => {
    const { SecretId, first, rotate, labels } = await createSecret();
    await rotate({
      RotateImmediately: false,
      RotationRules: { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '2h' },
    });
    await aws.rotations.settled(SecretId);
    steps.steps.length = 0;
    const { NextRotationDate: planned } = await client.send(new DescribeSecretCommand({ SecretId }));

    aws.clock.advance((planned?.getTime() ?? 0) - aws.clock.now());
    const outcome = await aws.rotations.settled(SecretId);

    expect(planned?.toISOString()).toMatch(/T03:59:59\.000Z$/);
    expect(planned?.getUTCDay()).toBe(0);
    expect(outcome?.status).toBe('succeeded');
    expect(steps.steps).toHaveLength(4);
    expect((await labels())?.[first]).toEqual(['AWSPREVIOUS']);
    const { NextRotationDate: next } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect((next?.getTime() ?? 0) - (planned?.getTime() ?? 0)).toBe(7 * dayMs);
  });

  it('counts days from the last value, also from one that was put by hand', async () => {
    const { SecretId, rotate } = await createSecret();
    await rotate({ RotationRules: { AutomaticallyAfterDays: 30 } });
    await aws.rotations.settled(SecretId);
    const before = await client.send(new DescribeSecretCommand({ SecretId }));

    aws.clock.advance(10 * dayMs);
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'by hand' }));
    const after = await client.send(new DescribeSecretCommand({ SecretId }));

    expect((after.NextRotationDate?.getTime() ?? 0) - (before.NextRotationDate?.getTime() ?? 0)).toBe(10 * dayMs);
    expect((after.LastRotatedDate?.getTime() ?? 0) - (before.LastRotatedDate?.getTime() ?? 0)).toBeGreaterThanOrEqual(
      10 * dayMs,
    );
  });

  it('goes on with a stuck rotation in the next window', async () => {
    const { SecretId, rotate } = await createSecret();
    steps.onStep(() => 'fail');
    const token = await rotate({ RotationRules: { ScheduleExpression: 'rate(4 hours)' } });
    await aws.rotations.settled(SecretId);
    steps.onStep(() => 'go');

    aws.clock.advance(5 * 3_600_000);

    expect(await aws.rotations.settled(SecretId)).toEqual({ status: 'succeeded', versionId: token });
  });
});

describe('the end of the local AWS', () => {
  it('does not wait for a function that hangs', async () => {
    const errors: unknown[] = [];
    const other = await startLocalAws({ accounts: [account], region, onDefect: (error) => errors.push(error) });
    const { accessKeyId = '', secretAccessKey = '' } = other.accounts[account] ?? {};
    const its = { endpoint: other.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
    const secrets = new SecretsManagerClient(its);
    const RotationLambdaARN = await deployFunction(its, {
      name: 'hanging',
      entry,
      account,
      allow: ['secretsmanager:*'],
      environment: { STEPS: steps.url },
      timeoutSeconds: 60,
      invokedBy: 'secretsmanager.amazonaws.com',
    });
    const asked = new Promise<void>((resolve) => {
      steps.onStep(() => {
        resolve();
        return 'hang';
      });
    });
    const { ARN: SecretId } = await secrets.send(new CreateSecretCommand({ Name: 'dev/hanging', SecretString: 'x' }));
    await secrets.send(new RotateSecretCommand({ SecretId, RotationLambdaARN }));
    await asked;
    secrets.destroy();

    await other.stop();

    expect(errors).toEqual([]);
  });
});
