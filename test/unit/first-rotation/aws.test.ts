/** How the function of first rotations waits for Secrets Manager. */
import { RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { firstRotationPorts } from '../../../lambdas/first-rotation/adapters/secrets-manager.ts';

const secretsManager = mockClient(SecretsManagerClient);
beforeEach(() => {
  secretsManager.reset();
});
afterAll(() => {
  secretsManager.restore();
});

const failure = (name: string, more: object = {}) => Object.assign(new Error('no'), { name, ...more });

const rotate = (remainingMs = 60_000) =>
  firstRotationPorts(
    new SecretsManagerClient({ region: 'eu-west-1' }),
    { remainingMs: () => remainingMs },
    { initialDelay: 1, maxDelay: 2, attempts: 3 },
  ).rotate('arn', 'token');

describe('the start of a first rotation', () => {
  it.each([
    ['the schedule is still tested', failure('InvalidRequestException')],
    ['a policy is not known everywhere yet', failure('AccessDeniedException')],
    ['no answer came in time', failure('TimeoutError')],
    ['the connection broke', failure('Error', { code: 'ECONNRESET' })],
    ['the service asks for fewer calls', failure('ThrottlingException')],
    ['the service failed', failure('InternalServiceError', { $fault: 'server' })],
  ])('is tried again with the same token where %s', async (_what, error) => {
    secretsManager.on(RotateSecretCommand).rejectsOnce(error).resolves({});
    await rotate();
    const tokens = secretsManager.commandCalls(RotateSecretCommand).map(({ args }) => args[0].input.ClientRequestToken);
    expect(tokens).toEqual(['token', 'token']);
  });

  it('ends after its tries', async () => {
    secretsManager.on(RotateSecretCommand).rejects(failure('TimeoutError'));
    await expect(rotate()).rejects.toThrow('no');
    expect(secretsManager.commandCalls(RotateSecretCommand)).toHaveLength(4);
  });

  it('ends where no time is left', async () => {
    secretsManager.on(RotateSecretCommand).rejects(failure('TimeoutError'));
    await expect(rotate(0)).rejects.toThrow('no');
    expect(secretsManager.commandCalls(RotateSecretCommand)).toHaveLength(1);
  });

  it('is not tried again where that can not help', async () => {
    secretsManager.on(RotateSecretCommand).rejects(failure('ResourceNotFoundException', { $fault: 'client' }));
    await expect(rotate()).rejects.toThrow('no');
    expect(secretsManager.commandCalls(RotateSecretCommand)).toHaveLength(1);
  });
});
