/** Checks the options of a middleware when the function starts: a wrong one stops it before the first event. */
import * as z from 'zod/mini';
import { CodedError } from '../../../lib/contract/index.ts';
import { explainIssues } from '../explain-issues.ts';
import type { Log } from '../log.ts';

/** @throws CodedError `options-invalid` for unknown keys and wrong types. */
export const checkOptions = (middleware: string, shape: Record<string, z.ZodMiniType>, options: object): void => {
  const { error } = z.safeParse(z.strictObject(shape), options);
  if (error === undefined) return;
  throw new CodedError(
    'options-invalid',
    `The options of the middleware ${middleware} are not valid: ${explainIssues(error.issues, options)}`,
    { retryable: false },
  );
};

export const aFunction = z.custom((value) => typeof value === 'function', 'must be a function');

const isLog = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'info' in value && 'error' in value;

export const aLog = z.custom<Log>(isLog, 'must be a log');
