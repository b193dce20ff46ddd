/** How the functions' AWS clients wait and retry, and what their failures mean. */
import type { Deadline } from '../deadline.ts';
import { AwsError, type AwsErrorCode } from '../aws-error.ts';

/** Three tries with the SDK's own jittered backoff; without `throwOnRequestTimeout` the SDK would only warn, and wait on. */
export const awsClientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** @throws AwsError `aws-…` */
export const callAws = async <Result>(
  doing: string,
  deadline: Deadline,
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<Result>,
): Promise<Result> => {
  const remaining = deadline.remainingMs();
  if (remaining === 0) {
    throw new AwsError('aws-unavailable', `Could not ${doing}: the function's time is up`, { retryable: true });
  }
  try {
    return await call({ abortSignal: AbortSignal.timeout(remaining) });
  } catch (error) {
    throw asAwsError(error, doing);
  }
};

/** The result of `call`, or of `otherwise` where the service answers with that error. */
export const orOn = async <Result, Other>(
  name: string,
  call: Promise<Result>,
  otherwise: () => Other,
): Promise<Result | Other> => {
  try {
    return await call;
  } catch (error) {
    if (awsErrorName(error) === name) return otherwise();
    throw error;
  }
};

/** The name of an AWS error, also where it is wrapped as the cause of a {@link AwsError}. */
export const awsErrorName = (error: unknown): string | undefined => {
  if (error instanceof AwsError) return awsErrorName(error.cause);
  return error instanceof Error ? error.name : undefined;
};

const asAwsError = (error: unknown, doing: string): AwsError => {
  const { code, retryable } = meaningOf(error);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new AwsError(code, `Could not ${doing} (${reason})`, { retryable, cause: error });
};

const throttling = new Set(['ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded', 'Throttling']);
const denied = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'DecryptionFailure',
  'EncryptionFailure',
  'UnrecognizedClientException',
  'ExpiredTokenException',
]);
const unreachable = new Set(['TimeoutError', 'AbortError', 'NetworkingError']);

/** What a failure of an SDK client means, and whether the same call can succeed later. */
export const meaningOf = (error: unknown): { readonly code: AwsErrorCode; readonly retryable: boolean } => {
  if (!(error instanceof Error)) return { code: 'aws-failed', retryable: false };
  if (throttling.has(error.name)) return { code: 'aws-throttled', retryable: true };
  if (denied.has(error.name)) return { code: 'aws-denied', retryable: false };
  const fault = '$fault' in error ? error.$fault : undefined;
  // Without an answer from the service there is no fault: the network, a proxy, a timeout.
  if (fault === 'server' || unreachable.has(error.name) || (fault === undefined && 'code' in error)) {
    return { code: 'aws-unavailable', retryable: true };
  }
  return { code: 'aws-failed', retryable: false };
};
