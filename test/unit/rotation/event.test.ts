import { describe, expect, it } from 'vitest';
import { rotate } from '../../../lambdas/rotation/actions/rotate.ts';
import { parseRotationRequest } from '../../../lambdas/rotation/core/event.ts';
import { RotationBench, token } from '../../_helpers/rotation-bench.ts';

describe('an event', () => {
  const good = { Step: 'createSecret', SecretId: 'arn', ClientRequestToken: token };

  it.each([
    [undefined, 'the event is missing; expected an object with Step, SecretId, ClientRequestToken'],
    [[], 'the event is []; expected an object with Step, SecretId, ClientRequestToken'],
    [
      { ...good, Step: 'deleteSecret' },
      'Step is "deleteSecret"; expected one of createSecret, setSecret, testSecret, finishSecret',
    ],
    [{ ...good, SecretId: 7 }, 'SecretId is 7; expected the ARN of the secret'],
    [
      { ...good, ClientRequestToken: 'short' },
      'ClientRequestToken is "short"; expected a version id of 32 to 64 characters',
    ],
  ])('%j is refused', async (event, message) => {
    await expect(rotate(event, new RotationBench().ports, 'dev')).rejects.toThrow(`Rotation event refused: ${message}`);
  });

  it('may have fields that Secrets Manager added', async () => {
    const bench = new RotationBench();
    const event = { ...good, SecretId: bench.working(), RotationToken: 'r' };
    expect(await rotate(event, bench.ports, 'dev')).toBe('stored');
  });
});

describe('a request', () => {
  it.each([
    [{ Action: 'erase' }, 'Action is "erase"; expected one of check, rollForward, rollBack, sweep'],
    [{ Action: 'check' }, 'SecretId is missing; expected the ARN of the secret'],
    [
      { Action: 'rollBack', SecretId: 'arn' },
      'ClientRequestToken is missing; expected a version id of 32 to 64 characters',
    ],
    [{ Action: 'sweep', SecretId: 'arn' }, 'sweep came with SecretId; expected no keys beside Action'],
    [
      { Action: 'check', SecretId: 'arn', Force: true },
      'check came with Force; expected no keys beside Action, SecretId',
    ],
  ])('%j is refused', (event, message) => {
    expect(() => parseRotationRequest(event)).toThrow(`Rotation event refused: ${message}`);
  });

  it.each([
    { Action: 'check', SecretId: 'arn' },
    { Action: 'rollForward', SecretId: 'arn', ClientRequestToken: token },
    { Action: 'rollBack', SecretId: 'arn', ClientRequestToken: token },
    { Action: 'sweep' },
  ])('%j is taken', (event) => {
    expect(parseRotationRequest(event)).toEqual(event);
  });
});
