/** Sends all messages or throws: for callers that begin again as a whole. */
import { AwsError } from '../../runtime/aws-error.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { QueueMessage, Queues } from './queues.ts';

/** @throws AwsError `aws-failed` with the first reason; some of the messages may be sent. */
export const sendAll = async (
  queues: Queues,
  queueUrl: string,
  messages: readonly QueueMessage[],
  deadline: Deadline,
): Promise<void> => {
  const lost = await queues.send(queueUrl, messages, deadline);
  const [reason] = lost.values();
  if (reason === undefined) return;
  throw new AwsError('aws-failed', `A queue did not take ${lost.size} of ${messages.length} messages (${reason})`, {
    retryable: true,
  });
};
