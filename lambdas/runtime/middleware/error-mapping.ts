/** Last stop of an error before the Lambda runtime prints it and hands it to the caller: only code and message pass. */
import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod/mini';
import { isCodedError } from '../../../lib/contract/index.ts';
import { Redactor } from '../redaction.ts';
import { checkOptions } from './check-options.ts';

export interface ErrorMappingOptions {
  readonly redactor: Redactor;
}

/**
 * The runtime prints an error with all its fields and causes, past our log. What a driver added to it stays behind here;
 * the log has it, redacted. Use it first: the last to see an error.
 */
export const errorMapping = (options: ErrorMappingOptions): MiddlewareObj => {
  checkOptions('error-mapping', { redactor: z.instanceof(Redactor) }, options);
  return {
    onError: (request) => {
      request.error = withoutSecrets(request.error, options.redactor);
    },
  };
};

/** An error whose `name` is the code, without cause, extra fields or stack of the original. */
const withoutSecrets = (error: unknown, redactor: Redactor): Error => {
  const message = error instanceof Error ? error.message : String(error);
  const mapped = new Error(redactor.redact(message));
  mapped.name = isCodedError(error) ? error.code : 'unexpected';
  mapped.stack = `${mapped.name}: ${mapped.message}`;
  return mapped;
};
