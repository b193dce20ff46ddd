/** Last stop of an error before the Lambda runtime prints it and hands it to the caller: nothing but code and message passes. */
import type { MiddlewareObj } from '@middy/core';
import { isCodedError } from '../../lib/contract/index.ts';
import type { Redactor } from './redaction.ts';

/**
 * The runtime prints an error with all its fields and causes, past our log. What a driver hung on it stays behind here;
 * the log has it, redacted.
 */
export const errorMapping = <Event, Result>(redactor: Redactor): MiddlewareObj<Event, Result> => ({
  onError: (request) => {
    request.error = withoutSecrets(request.error, redactor);
  },
});

/** An error whose `name` is the code, without cause, extra fields or stack of the original. */
export const withoutSecrets = (error: unknown, redactor: Redactor): Error => {
  const message = error instanceof Error ? error.message : String(error);
  const mapped = new Error(redactor.redact(message));
  mapped.name = isCodedError(error) ? error.code : 'unexpected';
  mapped.stack = `${mapped.name}: ${mapped.message}`;
  return mapped;
};
