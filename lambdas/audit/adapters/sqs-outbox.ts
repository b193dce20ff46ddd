/** Sends messages to SQS, in the fewest calls that take them. */
import { Buffer } from 'node:buffer';
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import { AwsError } from '../../runtime/aws-error.ts';
import type { Outbox, OutgoingMessage } from '../complete/ports.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const limits = { messages: 10, bytes: 1_000_000 } as const;

export const createSqsOutbox = (client: SQSClient): Outbox => ({
  send: async (queueUrl, messages, deadline) => {
    for (const batch of batches(messages)) {
      const Entries = batch.map(entryOf);
      const { Failed: failed = [] } = await callAws('send to a queue', deadline, (options) =>
        client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), options),
      );
      const [first] = failed;
      if (first) {
        throw new AwsError(
          'aws-failed',
          `A queue refused ${failed.length} of ${batch.length} messages (${first.Code})`,
          {
            retryable: first.SenderFault !== true,
          },
        );
      }
    }
  },
});

const batches = (messages: readonly OutgoingMessage[]): OutgoingMessage[][] => {
  const found: OutgoingMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.body) + Buffer.byteLength(JSON.stringify(message.attributes ?? {}));
    const current = found.at(-1);
    if (current && current.length < limits.messages && bytes <= room) current.push(message);
    else {
      found.push([message]);
      room = limits.bytes;
    }
    room -= bytes;
  }
  return found;
};

const entryOf = ({ body, attributes, delaySeconds }: OutgoingMessage, index: number): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: body,
  ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
  ...(attributes && {
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  }),
});
