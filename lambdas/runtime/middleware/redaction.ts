/** Forgets the secrets of the invocation before, and redacts the messages of a report: it leaves the function past the log. */
import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod/mini';
import { Redactor } from '../redaction.ts';
import { checkOptions } from './check-options.ts';

export interface RedactionOptions {
  /** The one that the log writes through. */
  readonly redactor: Redactor;
}

export const redaction = (options: RedactionOptions): MiddlewareObj => {
  checkOptions('redaction', { redactor: z.instanceof(Redactor) }, options);
  const { redactor } = options;
  return {
    before: () => {
      redactor.forget();
    },
    after: (request) => {
      if (request.response !== undefined) request.response = withoutSecrets(request.response, redactor);
    },
  };
};

/** Words and names stay: they are what the caller's code reads. */
const withoutSecrets = (value: unknown, redactor: Redactor): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === 'message' && typeof item === 'string' ? redactor.redact(item) : item,
    ),
  );
