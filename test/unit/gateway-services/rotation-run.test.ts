import { describe, expect, it } from 'vitest';

import type { RotationEvent } from '../../../lib/contract/index.ts';
import {
  InvocationRefused,
  runRotation,
  runRotationTest,
  type RotationPorts,
  type RotationServiceEvent,
} from '../../../local/gateway/rotation/rotation-run.ts';

const secret = {
  account: '111122223333',
  region: 'eu-west-1',
  arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf',
  functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:f',
};
const version = 'v'.repeat(32);

const setUp = (onStep: (event: RotationEvent, labels: string[]) => void = finishes) => {
  const labels = ['AWSPENDING'];
  const steps: string[] = [];
  const events: RotationServiceEvent[] = [];
  const pauses: number[] = [];
  const ports: RotationPorts = {
    invoke: (_secret, event) => {
      steps.push(event.Step);
      return Promise.resolve().then(() => {
        onStep(event, labels);
      });
    },
    labelsOf: () => Promise.resolve(labels),
    record: (event) => events.push(event),
    pause: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  return { ports, steps, events, pauses, labels };
};

const finishes = ({ Step }: RotationEvent, labels: string[]): void => {
  if (Step === 'finishSecret') labels.push('AWSCURRENT');
};

const retry = { attempts: 3, delayMs: (attempt: number) => attempt * 10 };
const goOn = { cancelled: false };

describe('a rotation', () => {
  it('succeeds once the new version is current', async () => {
    const { ports, steps, events } = setUp();

    expect(await runRotation(secret, version, ports, retry, goOn)).toEqual({ status: 'succeeded', versionId: version });
    expect(steps).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
    expect(events.map(({ eventName }) => eventName)).toEqual(['RotationStarted', 'RotationSucceeded']);
  });

  it('is tried as often as the policy says, with its pauses', async () => {
    const { ports, steps, pauses } = setUp(() => {
      throw new Error('the function failed');
    });

    const outcome = await runRotation(secret, version, ports, retry, goOn);

    expect(outcome).toMatchObject({ status: 'failed', step: 'createSecret' });
    expect(steps).toHaveLength(3);
    expect(pauses).toEqual([20, 30]);
  });

  it('keeps the words of the function out of the event: they may hold what it should not have said', async () => {
    const { ports, events } = setUp(() => {
      throw new Error('password=canary');
    });

    const outcome = await runRotation(secret, version, ports, retry, goOn);

    expect(JSON.stringify([events, outcome])).not.toContain('canary');
  });

  it('says why the function could not be invoked', async () => {
    const { ports } = setUp(() => {
      throw new InvocationRefused('ResourceNotFoundException');
    });

    expect(await runRotation(secret, version, ports, retry, goOn)).toMatchObject({
      message: `Error when executing lambda ${secret.functionArn} during createSecret step: ResourceNotFoundException`,
    });
  });

  it('stops where its version lost its labels', async () => {
    const { ports, steps } = setUp(({ Step }, labels) => {
      if (Step === 'setSecret') labels.length = 0;
    });

    expect(await runRotation(secret, version, ports, retry, goOn)).toEqual({ status: 'abandoned', versionId: version });
    expect(steps).toEqual(['createSecret', 'setSecret']);
  });

  it.each([
    ['between two steps', 'createSecret' as const, false],
    ['between two attempts', 'createSecret' as const, true],
  ])('stops when it is cancelled %s', async (_when, step, fails) => {
    const cancellation = { cancelled: false };
    const { ports, steps } = setUp(({ Step }) => {
      if (Step === step) cancellation.cancelled = true;
      if (fails) throw new Error('failed');
    });

    expect(await runRotation(secret, version, ports, retry, cancellation)).toEqual({
      status: 'cancelled',
      versionId: version,
    });
    expect(steps).toEqual(['createSecret']);
  });
});

describe('a test of the configuration', () => {
  it('is testSecret alone, once', async () => {
    const good = setUp();
    const bad = setUp(() => {
      throw new Error('no');
    });

    expect(await runRotationTest(secret, version, good.ports)).toEqual({ status: 'tested', versionId: version });
    expect(await runRotationTest(secret, version, bad.ports)).toMatchObject({ status: 'test-failed' });
    expect([good.steps, bad.steps]).toEqual([['testSecret'], ['testSecret']]);
    expect(bad.events.map(({ eventName }) => eventName)).toEqual(['TestRotationStarted', 'TestRotationFailed']);
  });
});
