/** What failures of AWS calls mean to the operator. */
import { CommandError } from '../terminal/errors.ts';

/** @throws CommandError `no-credentials`, `no-region`, `aws-…`, with what was being done */
export const callAws = async <Result>(doing: string, call: () => Promise<Result>): Promise<Result> => {
  try {
    return await call();
  } catch (error) {
    throw asCommandError(error, doing);
  }
};

/** The result of a call, or `undefined` where AWS answers that the thing does not exist. */
export const orMissing = async <Result>(doing: string, call: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await call();
  } catch (error) {
    if (
      error instanceof Error &&
      /^(ResourceNotFoundException|NotFoundException|NoSuchEntityException|NoSuchKey)$/.test(error.name)
    )
      return undefined;
    throw asCommandError(error, doing);
  }
};

const asCommandError = (error: unknown, doing: string): unknown => {
  if (!(error instanceof Error) || error instanceof CommandError) return error;
  const { name, message } = error;
  const because = `could not ${doing}: ${message}`;
  if (message.startsWith('Region is missing')) {
    return new CommandError('no-region', 'no region is set: write --region eu-west-1, or set AWS_REGION', {
      cause: error,
    });
  }
  if (noCredentials.has(name)) {
    const how = 'set AWS_PROFILE, or sign in again (aws sso login)';
    return new CommandError('no-credentials', `no valid AWS credentials: ${how} (${message})`, {
      cause: error,
    });
  }
  if (name.startsWith('AccessDenied')) return new CommandError('aws-denied', because, { exitCode: 1, cause: error });
  if (/^(InvalidRequestException|InvalidParameterException|ResourceExistsException)$/.test(name)) {
    return new CommandError('aws-refused', because, { exitCode: 1, cause: error });
  }
  if (/^(Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded)/.test(name)) {
    return new CommandError('aws-throttled', because, { exitCode: 1, cause: error });
  }
  const fault = '$fault' in error ? error.$fault : undefined;
  // Without an answer from the service there is no fault: the network, a proxy, a time-out.
  if (fault === 'server' || name === 'TimeoutError' || (fault === undefined && 'code' in error)) {
    const reason = message === '' && 'code' in error ? String(error.code) : message;
    return new CommandError('aws-unavailable', `could not ${doing}: ${reason}`, { exitCode: 1, cause: error });
  }
  return new CommandError('aws-failed', `${because} (${name})`, { exitCode: 1, cause: error });
};

const noCredentials = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
]);
