/** What starts first rotations, at Secrets Manager. */
import { DescribeSecretCommand, RotateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { CodedError } from '../../../lib/contract/index.ts';
import { meaningOf } from '../../runtime/adapters/aws-client.ts';
import type { AwsErrorCode } from '../../runtime/aws-error.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { FirstRotationPorts } from '../start/first-rotation.ts';

/** Attempts after the first one, and the pauses between them. */
const patience = { initialDelay: 1_000, maxDelay: 10_000, attempts: 12 };

export const firstRotationPorts = (
  client: SecretsManagerClient,
  deadline: Deadline,
  { attempts, ...pauses } = patience,
): FirstRotationPorts => {
  const patiently = retry(
    handleWhen((error) => mayPass(error) && deadline.remainingMs() > 0),
    { maxAttempts: attempts, backoff: new ExponentialBackoff(pauses) },
  );
  return {
    describe: async (arn) => {
      const { CreatedDate: createdAt, LastRotatedDate: lastRotatedAt } = await patiently.execute(() =>
        client.send(new DescribeSecretCommand({ SecretId: arn })),
      );
      if (createdAt === undefined) {
        throw new CodedError('aws-failed', `DescribeSecret did not say when ${arn} was created`, { retryable: false });
      }
      return { createdAt, ...(lastRotatedAt && { lastRotatedAt }) };
    },
    rotate: async (arn, token) => {
      await patiently.execute(() => client.send(new RotateSecretCommand({ SecretId: arn, ClientRequestToken: token })));
    },
  };
};

/** Secrets Manager still tests the schedule, a new policy is not in force yet, or the service is slow: a token starts one rotation. */
const mayPass = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'InvalidRequestException') || passing.has(meaningOf(error).code);

const passing: ReadonlySet<AwsErrorCode> = new Set(['aws-denied', 'aws-throttled', 'aws-unavailable']);
