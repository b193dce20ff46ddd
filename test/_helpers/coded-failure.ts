/** What a call fails with, where it must be an error with a code. */
import { isCodedError, type CodedError } from '../../lib/contract/index.ts';

/** `undefined` where the call succeeds. @throws what has no code. */
export const failure = async (promise: Promise<unknown>): Promise<CodedError | undefined> => {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (isCodedError(error)) return error;
    throw error;
  }
};

/** The same of a call that has to fail. */
export const failureOf = async (promise: Promise<unknown>): Promise<CodedError> => {
  const error = await promise.then(
    (result) => new Error(`expected a failure, got ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  if (isCodedError(error)) return error;
  throw error;
};
