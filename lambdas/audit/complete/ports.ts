/** What the reader of the trail's files calls outside. */
import type { Deadline } from '../../runtime/deadline.ts';
import type { QueueMessage } from '../queues/queues.ts';
import type { ObjectContent } from './read-trail-file.ts';
import type { ObjectVersion } from './trail-object.ts';

export interface TrailStore {
  /**
   * @throws TrailFileError `file-missing` if the object, or this version of it, does not exist.
   * @throws AwsError `aws-…`
   */
  open(file: ObjectVersion, deadline: Deadline): Promise<ObjectContent>;
}

export interface Outbox {
  /**
   * Returns once the queue has all messages.
   *
   * @throws AwsError `aws-…`; some of them may be sent.
   */
  send(queueUrl: string, messages: readonly QueueMessage[], deadline: Deadline): Promise<void>;
}

/** Of the events of a file that a destination takes: how many there are, and how many it has. */
export interface FileCount {
  readonly expected: number;
  readonly delivered: number;
}

export interface Counters {
  /**
   * Keeps the count of a file in its hour, in place of an earlier one of the same file.
   *
   * @param hour `2026-11-30T17`
   * @throws AwsError `aws-…`
   */
  set(destination: string, hour: string, key: string, count: FileCount, deadline: Deadline): Promise<void>;
}
