/**
 * An SQS queue with a dead-letter queue, as Lambda's event source mapping drains it: partial failures are honoured, a
 * function that throws fails the whole batch, and a message received `maxReceiveCount` times in vain moves to the dead
 * letters (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { sqsBatch } from '../_fixtures/cloudtrail.ts';

interface Message {
  readonly id: string;
  readonly body: unknown;
  received: number;
}

export class Queue {
  readonly #maxReceiveCount: number;
  #messages: Message[] = [];
  readonly deadLetters: unknown[] = [];
  /** What the function threw. */
  readonly errors: unknown[] = [];

  constructor(maxReceiveCount = 3) {
    this.#maxReceiveCount = maxReceiveCount;
  }

  put(...bodies: readonly unknown[]): void {
    this.#messages.push(
      ...bodies.map((body, index) => ({ id: `${this.#messages.length + index}`, body, received: 0 })),
    );
  }

  /** Bodies of the messages that are still to be handled. */
  get waiting(): readonly unknown[] {
    return this.#messages.map(({ body }) => body);
  }

  /** One invocation of the function with everything that waits. */
  async receive(handle: (event: SQSEvent) => Promise<SQSBatchResponse>): Promise<void> {
    const batch = this.#messages;
    for (const message of batch) message.received += 1;
    const event = sqsBatch(...batch.map(({ body }) => body));
    const failed = await handle(event).then(
      ({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      (error: unknown) => {
        this.errors.push(error);
        return new Set(event.Records.map(({ messageId }) => messageId));
      },
    );
    const left = batch.filter((_message, index) => failed.has(event.Records[index]!.messageId));
    this.deadLetters.push(...left.filter(({ received }) => received >= this.#maxReceiveCount).map(({ body }) => body));
    this.#messages = left.filter(({ received }) => received < this.#maxReceiveCount);
  }
}
