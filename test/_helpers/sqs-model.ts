/**
 * Queues as SQS has them: at least once, in any order, hidden while they are handled, redriven after too many receives,
 * deleted after their retention. Time is given from outside.
 */
import type { SQSRecord } from 'aws-lambda';
import type { HiddenMessage, QueueMessage, Queues } from '../../lambdas/audit/queues/queues.ts';

export interface QueueOptions {
  /** @default 180 */
  readonly visibilitySeconds?: number;
  readonly deadLetters?: { readonly url: string; readonly maxReceiveCount: number };
  /** @default - messages are kept */
  readonly retentionSeconds?: number;
}

interface Message extends QueueMessage {
  readonly id: string;
  /** When it came into its first queue. */
  readonly sentAt: number;
  visibleAt: number;
  received: number;
}

export interface SqsModelOptions {
  /** Milliseconds. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Part of the messages that are received again though they were deleted. @default 0 */
  readonly duplicates?: number;
}

const account = '111122223333';
const region = 'eu-west-1';

export class SqsModel implements Queues {
  readonly #options: SqsModelOptions;
  readonly #queues = new Map<string, { readonly options: QueueOptions; messages: Message[] }>();
  #sent = 0;

  constructor(options: SqsModelOptions) {
    this.#options = options;
  }

  create(name: string, options: QueueOptions = {}): string {
    const url = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
    this.#queues.set(url, { options, messages: [] });
    return url;
  }

  /** Everything that the queue holds. */
  messages(url: string): readonly QueueMessage[] {
    return this.#queueOf(url).messages;
  }

  put(url: string, ...bodies: readonly string[]): void {
    for (const body of bodies) this.#add(url, { body });
  }

  send(url: string, messages: readonly QueueMessage[]): Promise<ReadonlyMap<number, string>> {
    const failed = new Map<number, string>();
    for (const [position, message] of messages.entries()) {
      if (!this.#queues.has(url)) failed.set(position, 'QueueDoesNotExist');
      else if (Buffer.byteLength(message.body) > 1_048_576 || message.body === '')
        failed.set(position, 'InvalidMessage');
      else this.#add(url, message);
    }
    return Promise.resolve(failed);
  }

  hide(url: string, messages: readonly HiddenMessage[]): Promise<string | undefined> {
    for (const { receiptHandle, seconds } of messages) {
      const message = this.#queueOf(url).messages.find(({ id }) => id === receiptHandle);
      if (message) message.visibleAt = this.#options.now() + seconds * 1000;
    }
    return Promise.resolve(undefined);
  }

  /** When the next message can be received. */
  nextAt(url: string): number {
    return Math.min(...this.#queueOf(url).messages.map(({ visibleAt }) => visibleAt));
  }

  receive(url: string, most: number): SQSRecord[] {
    const { now, random } = this.#options;
    const queue = this.#queueOf(url);
    const { visibilitySeconds = 180, deadLetters, retentionSeconds = Infinity } = queue.options;
    queue.messages = queue.messages.filter(({ sentAt }) => now() - sentAt < retentionSeconds * 1000);
    const visible = queue.messages.filter(({ visibleAt }) => visibleAt <= now());
    const records: SQSRecord[] = [];
    while (records.length < most && visible.length > 0) {
      const [message] = visible.splice(Math.floor(random() * visible.length), 1);
      if (!message) break;
      if (deadLetters && message.received >= deadLetters.maxReceiveCount) {
        queue.messages = queue.messages.filter((one) => one !== message);
        this.#add(deadLetters.url, message, message.sentAt);
        continue;
      }
      message.received += 1;
      message.visibleAt = now() + visibilitySeconds * 1000;
      records.push(recordOf(url, message));
    }
    return records;
  }

  /** Some come again all the same. */
  delete(url: string, messageIds: readonly string[]): void {
    const { random, duplicates = 0 } = this.#options;
    const queue = this.#queueOf(url);
    queue.messages = queue.messages.filter(({ id }) => !messageIds.includes(id) || random() < duplicates);
  }

  #queueOf(url: string) {
    const queue = this.#queues.get(url);
    if (!queue) throw new Error(`no queue ${url}`);
    return queue;
  }

  #add(url: string, { body, attributes, delaySeconds = 0 }: QueueMessage, sentAt = this.#options.now()): void {
    this.#sent += 1;
    const visibleAt = this.#options.now() + delaySeconds * 1000;
    const message = { body, ...(attributes && { attributes }) };
    this.#queueOf(url).messages.push({ ...message, id: `message-${this.#sent}`, sentAt, visibleAt, received: 0 });
  }
}

const recordOf = (url: string, { id, body, received, sentAt }: Message): SQSRecord => ({
  messageId: id,
  receiptHandle: id,
  body,
  attributes: {
    ApproximateReceiveCount: String(received),
    SentTimestamp: String(sentAt),
    SenderId: 'AIDAIENQZJOLO23YVJ4VO',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:${region}:${account}:${url.split('/').at(-1) ?? ''}`,
  awsRegion: region,
});
