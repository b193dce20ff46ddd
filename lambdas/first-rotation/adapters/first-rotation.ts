/** What starts first rotations, at Secrets Manager and CloudFormation. */
import { DescribeSecretCommand, RotateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { FirstRotationPorts } from '../start/first-rotation.ts';
import { CodedError } from '../../../lib/contract/index.ts';
import { meaningOf } from '../../runtime/adapters/aws-client.ts';
import type { AwsErrorCode } from '../../runtime/aws-error.ts';

/** @param wait - between two tries. */
export const firstRotationPorts = (
  client: SecretsManagerClient,
  wait = { initialDelay: 1_000, maxDelay: 10_000, attempts: 12 },
): Pick<FirstRotationPorts, 'describe' | 'rotate' | 'answer'> => {
  const patiently = retry(handleWhen(mayPass), { maxAttempts: wait.attempts, backoff: new ExponentialBackoff(wait) });
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
    answer: async (url, answer) => {
      const { ok, status } = await fetch(url, {
        method: 'PUT',
        // S3 signed the request without a content type.
        headers: { 'content-type': '' },
        body: JSON.stringify(answer),
        signal: AbortSignal.timeout(30_000),
      });
      if (!ok)
        throw new CodedError('answer-refused', `CloudFormation did not take the answer (${status})`, {
          retryable: true,
        });
    },
  };
};

/** Secrets Manager still tests the schedule, a new policy is not in force yet, or the service is slow: a token starts one rotation. */
const mayPass = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'InvalidRequestException') || passing.has(meaningOf(error).code);

const passing: ReadonlySet<AwsErrorCode> = new Set(['aws-denied', 'aws-throttled', 'aws-unavailable']);
