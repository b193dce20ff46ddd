/** Parses what came from outside by a schema, and refuses it with one sentence. */
import * as z from 'zod/mini';
import { explainIssues } from './explain-issues.ts';
import { InvalidEvent } from './invalid-event.ts';

/** @throws InvalidEvent naming the fields that are wrong. */
export const parseBy = <Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> => {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw new InvalidEvent(`${what} is not valid: ${explainIssues(parsed.error.issues, value)}`);
};
