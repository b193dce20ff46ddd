/** Sends an answer to CloudFormation, at the presigned address of S3 that came with the request. */
import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { CodedError } from '../../../lib/contract/index.ts';
import type { CloudFormationAnswer } from '../../runtime/middleware/custom-resource.ts';

/** Another answer with the same content changes nothing. Three attempts and their pauses fit into the reserve of the handler. */
const answerRetry = retry(handleAll, {
  maxAttempts: 2,
  backoff: new ExponentialBackoff({ initialDelay: 500, maxDelay: 2_000 }),
});
const attemptMs = 10_000;

/** @throws CodedError `answer-refused` */
export const answerCloudFormation = (url: URL, answer: CloudFormationAnswer): Promise<void> =>
  answerRetry.execute(async () => {
    const { ok, status } = await put(url, JSON.stringify(answer));
    if (!ok) {
      throw new CodedError('answer-refused', `CloudFormation refused the answer with status ${status}`, {
        retryable: true,
      });
    }
  });

const put = async (url: URL, body: string): Promise<Response> => {
  try {
    return await fetch(url, {
      method: 'PUT',
      // S3 signed the request without a content type.
      headers: { 'content-type': '' },
      body,
      signal: AbortSignal.timeout(attemptMs),
    });
  } catch (cause) {
    throw new CodedError('answer-refused', 'The answer did not reach CloudFormation', { retryable: true, cause });
  }
};
