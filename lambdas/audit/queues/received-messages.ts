/** The event of a function that SQS invokes. */
import * as z from 'zod/mini';
import { parseBy } from '../../runtime/parse-by.ts';

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** ARN of the queue. */
  readonly source: string;
  /** How often it has been received, this time included. */
  readonly receiveCount: number;
  /** When it came into the queue, in milliseconds since the epoch. */
  readonly sentAt: number;
}

/** AWS's objects: what it adds to them is dropped. */
const sqsEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      eventSourceARN: z.string(),
      attributes: z.object({
        ApproximateReceiveCount: z.string(),
        SentTimestamp: z.string().check(z.regex(/^\d{1,15}$/)),
      }),
    }),
  ),
});

/** @throws InvalidEvent */
export const readMessages = (event: unknown): readonly ReceivedMessage[] =>
  parseBy(sqsEvent, event, 'The batch of messages').Records.map(
    ({ messageId, receiptHandle, body, eventSourceARN: source, attributes }) => ({
      messageId,
      receiptHandle,
      body,
      source,
      receiveCount: Math.max(1, Number(attributes.ApproximateReceiveCount) || 1),
      sentAt: Number(attributes.SentTimestamp),
    }),
  );
