/** Queues of SQS, written in batches whose entries fail one by one. */
import { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { HiddenMessage, QueueMessage, Queues } from '../queues/queues.ts';

export interface SqsQueuesOptions {
  readonly client: SQSClient;
  /** Waits before entries that failed are sent again. @default a pause that doubles from 50 ms, with jitter */
  readonly pause?: (attempt: number) => Promise<void>;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const batchLimits = { entries: 10, bytes: 1_000_000 } as const;
const attempts = 4;

interface Entry {
  readonly position: number;
  readonly message: QueueMessage;
}

export const createSqsQueues = ({ client, pause = defaultPause }: SqsQueuesOptions): Queues => {
  /** @returns the entries that failed, with why. */
  const sendBatch = async (queueUrl: string, entries: readonly Entry[], deadline: Deadline) => {
    const failed = new Map<Entry, { readonly reason: string; readonly final: boolean }>();
    try {
      const { Failed: failures = [] } = await callAws('send messages to a queue', deadline, (options) =>
        client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries.map(requestEntry) }), options),
      );
      for (const { Id: id, Code: code, Message: message, SenderFault: final = false } of failures) {
        const entry = entries[Number(id)];
        if (entry) failed.set(entry, { reason: `${code ?? 'Unknown'}: ${message ?? 'no message'}`, final });
      }
    } catch (error) {
      // The client has tried again by itself.
      for (const entry of entries) failed.set(entry, { reason: (error as Error).message, final: true });
    }
    return failed;
  };
  const sendPersistently = async (queueUrl: string, entries: readonly Entry[], deadline: Deadline) => {
    const reasons = new Map<number, string>();
    let left = entries;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      if (attempt > 1) await pause(attempt - 1);
      const failed = await sendBatch(queueUrl, left, deadline);
      const isLast = attempt === attempts || deadline.remainingMs() === 0;
      for (const [{ position }, { reason, final }] of failed) if (final || isLast) reasons.set(position, reason);
      left = isLast ? [] : left.filter((entry) => failed.get(entry)?.final === false);
    }
    return reasons;
  };
  return {
    send: async (queueUrl, messages, deadline) => {
      const batches = split(messages.map((message, position) => ({ position, message })));
      const failures = await Promise.all(batches.map((batch) => sendPersistently(queueUrl, batch, deadline)));
      return new Map(failures.flatMap((reasons) => [...reasons]));
    },
    hide: async (queueUrl, messages, deadline) => {
      const batches = Array.from({ length: Math.ceil(messages.length / batchLimits.entries) }, (_, index) =>
        messages.slice(index * batchLimits.entries, (index + 1) * batchLimits.entries),
      );
      const reasons = await Promise.all(batches.map((batch) => hideBatch(client, queueUrl, batch, deadline)));
      return reasons.find((reason) => reason !== undefined);
    },
  };
};

const hideBatch = async (
  client: SQSClient,
  queueUrl: string,
  messages: readonly HiddenMessage[],
  deadline: Deadline,
): Promise<string | undefined> => {
  const entries = messages.map(({ receiptHandle, seconds }, index) => ({
    Id: String(index),
    ReceiptHandle: receiptHandle,
    VisibilityTimeout: seconds,
  }));
  try {
    const { Failed: [first] = [] } = await callAws('hide messages of a queue', deadline, (options) =>
      client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }), options),
    );
    return first && `${first.Code ?? 'Unknown'}: ${first.Message ?? 'no message'}`;
  } catch (error) {
    return (error as Error).message;
  }
};

const requestEntry = ({ message }: Entry, index: number): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: message.body,
  ...(message.delaySeconds !== undefined && { DelaySeconds: message.delaySeconds }),
  ...(message.attributes && {
    MessageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
    ),
  }),
});

const split = (entries: readonly Entry[]): Entry[][] => {
  const batches: Entry[][] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = bytesOf(entry.message);
    const current = batches.at(-1);
    if (current && current.length < batchLimits.entries && size + bytes <= batchLimits.bytes) {
      current.push(entry);
      size += bytes;
    } else {
      batches.push([entry]);
      size = bytes;
    }
  }
  return batches;
};

const bytesOf = ({ body, attributes = {} }: QueueMessage): number =>
  Object.entries(attributes).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text) + 'String'.length,
    Buffer.byteLength(body),
  );

/** Full jitter: anything up to the doubled pause of the attempt before. */
const defaultPause = (attempt: number): Promise<void> => sleep(randomInt(25 * 2 ** attempt));
