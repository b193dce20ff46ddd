/** The steps of a rotation, from the lines that the function writes to its log. */
import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';

import { rotationSteps } from '../../lib/contract/index.ts';
import { CommandError } from '../terminal/errors.ts';
import type { StepLine } from '../operators/ports.ts';
import { orMissing } from './aws-errors.ts';
import { parseJson } from '../operators/parse-json.ts';

/** `undefined` where the caller may not read the log, or there is none. */
export const readSteps = async (
  client: CloudWatchLogsClient,
  functionArn: string,
  versionId: string,
  since: Date,
): Promise<readonly StepLine[] | undefined> => {
  const logGroupName = `/aws/lambda/${functionArn.split(':')[6] ?? functionArn}`;
  const filter = { logGroupName, startTime: since.getTime(), filterPattern: `"${versionId}"` };
  try {
    return await orMissing(`read ${logGroupName} (logs:FilterLogEvents)`, async () => {
      const lines: StepLine[] = [];
      for await (const { events = [] } of paginateFilterLogEvents({ client }, filter)) {
        for (const { message = '' } of events) lines.push(...stepLine(message, versionId));
      }
      return lines;
    });
  } catch (error) {
    // The steps are a comfort: without them a rotation can be followed by its labels.
    if (error instanceof CommandError && error.code === 'aws-denied') return undefined;
    throw error;
  }
};

const lineSchema = z.looseObject({
  versionId: z.string(),
  step: z.enum(rotationSteps),
  outcome: z.string(),
  durationMs: z.number().exactOptional(),
  retryable: z.boolean().exactOptional(),
  error: z.looseObject({ message: z.string() }).exactOptional(),
});

/** One step, or nothing where the line is about something else. */
const stepLine = (text: string, versionId: string): StepLine[] => {
  const { data } = lineSchema.safeParse(parseJson(text.slice(text.indexOf('{'))));
  if (data?.versionId !== versionId) return [];
  const { step, outcome, durationMs, retryable, error } = data;
  return [
    {
      step,
      outcome,
      done: error === undefined,
      ...(error && { message: error.message }),
      ...(retryable !== undefined && { retryable }),
      ...(durationMs !== undefined && { durationMs }),
    },
  ];
};
