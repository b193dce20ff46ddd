/**
 * Partial batch responses of SQS: each message is parsed by itself, the handler gets those that are valid, and Lambda is
 * told which messages go back to the queue (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
import type { MiddlewareObj } from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod/mini';
import { InvalidEvent } from '../invalid-event.ts';
import type { Log } from '../log.ts';
import { parseBy } from '../parse-by.ts';
import { aFunction, aLog, checkOptions } from './check-options.ts';
import type { WithCounts } from './invocation.ts';

export interface BatchItem<Body> {
  readonly messageId: string;
  /** The message's body, parsed. */
  readonly body: Body;
}

export interface BatchItemsOptions<Body> {
  /** @throws InvalidEvent if a message's body is not valid. */
  readonly parse: (body: string) => Body;
  readonly log: Log;
  /** Names of the metrics that count messages. */
  readonly metrics: { readonly done: string; readonly failed: string };
}

/** AWS's objects: what it adds to them is dropped. */
const sqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

type Internal = Record<string, unknown> & { all?: number; invalid?: readonly string[] };

/** What a handler under this middleware gives: ids of the valid messages that failed. */
export type FailedMessages = readonly string[];

/**
 * A message that is not valid fails alone, and ends in the dead-letter queue. If the handler throws, the invocation
 * fails, and the whole batch goes back.
 */
export const batchItems = <Body>(
  options: BatchItemsOptions<Body>,
): MiddlewareObj<unknown, FailedMessages | SQSBatchResponse, Error, Context & WithCounts, Internal> => {
  checkOptions(
    'batch-items',
    { parse: aFunction, log: aLog, metrics: z.strictObject({ done: z.string(), failed: z.string() }) },
    options,
  );
  const { parse, log, metrics } = options;
  return {
    before: (request) => {
      const { Records: records } = parseBy(sqsEvent, request.event, 'The batch of messages');
      const items: BatchItem<Body>[] = [];
      const invalid: string[] = [];
      for (const { messageId, body } of records) {
        const parsed = validOf(parse, body);
        if (parsed instanceof InvalidEvent) {
          invalid.push(messageId);
          log.error('Message refused', { messageId, code: parsed.code, reason: parsed.message });
        } else items.push({ messageId, body: parsed });
      }
      Object.assign(request.internal, { all: records.length, invalid });
      request.event = items;
    },
    after: (request) => {
      const { all = 0, invalid = [] } = request.internal;
      const failed = [...invalid, ...(request.response as FailedMessages)];
      request.context.count(metrics.done, all - failed.length);
      request.context.count(metrics.failed, failed.length);
      request.response = { batchItemFailures: failed.map((messageId) => ({ itemIdentifier: messageId })) };
    },
    onError: ({ context, internal: { all = 0 } }) => {
      context.count(metrics.failed, all);
    },
  };
};

const validOf = <Body>(parse: (body: string) => Body, body: string): Body | InvalidEvent => {
  try {
    return parse(body);
  } catch (error) {
    if (error instanceof InvalidEvent) return error;
    throw error;
  }
};
