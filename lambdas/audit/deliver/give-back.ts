/**
 * Gives back what is not done: whole packs by making their messages visible later, the rest of a pack as a new pack. Once
 * their time is over, events go to the dead letters, before SQS would delete them.
 */
import { randomInt } from 'node:crypto';
import { auditHiddenSeconds, auditWaitsAtMostMs } from '../../../lib/contract/index.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Log } from '../../runtime/log.ts';
import type { DeadLetter } from '../queues/dead-letter.ts';
import { packEvents, type Pack, type PackedEvent } from '../queues/pack.ts';
import type { Queues } from '../queues/queues.ts';
import type { ReceivedMessage } from '../queues/received-messages.ts';

export interface ReceivedPack extends Pick<ReceivedMessage, 'messageId' | 'receiptHandle' | 'receiveCount' | 'sentAt'> {
  readonly pack: Pack;
}

/** A pack, and those of its events that are not done. */
export interface UnsettledPack {
  readonly pack: ReceivedPack;
  readonly rest: readonly PackedEvent[];
}

export interface GiveBackContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** For how long the destination asks to wait. */
  readonly pauseMs: number;
  readonly queueUrl: string;
  readonly destination: string;
  readonly queues: Queues;
  readonly log: Log;
  readonly deadline: Deadline;
  /** @returns the positions of the letters that could not be stored. */
  readonly store: (letters: readonly DeadLetter[]) => Promise<ReadonlySet<number>>;
}

export interface GivenBack {
  /** Ids of the messages that go back. */
  readonly back: readonly string[];
  /** Events that went to the dead letters because their time was over. */
  readonly overdue: number;
  /** For how long the oldest event that goes back has waited. Absent: none goes back. */
  readonly oldestMs?: number;
}

export const giveBack = async (unsettled: readonly UnsettledPack[], context: GiveBackContext): Promise<GivenBack> => {
  const { now, pauseMs, queueUrl, queues, log, deadline } = context;
  const overdue = unsettled.filter((one) => ageOf(one, now) >= auditWaitsAtMostMs);
  const waiting = unsettled.filter((one) => !overdue.includes(one));
  const whole = waiting.filter(({ pack, rest }) => rest.length === pack.pack.events.length);
  const parts = waiting.filter((one) => !whole.includes(one));
  const kept = await setAside(overdue, context);
  const back = [...whole, ...(await requeue(parts, context)), ...kept].map(({ pack }) => pack);
  const reason = await queues.hide(
    queueUrl,
    back.map(({ receiptHandle, receiveCount }) => ({ receiptHandle, seconds: hiddenSeconds(receiveCount, pauseMs) })),
    deadline,
  );
  if (reason !== undefined) log.warn('Messages come again too early: they could not be hidden', { reason });
  return {
    back: back.map(({ messageId }) => messageId),
    overdue: overdue.filter((one) => !kept.includes(one)).reduce((sum, { rest }) => sum + rest.length, 0),
    ...(waiting.length > 0 && { oldestMs: Math.max(...waiting.map((one) => ageOf(one, now))) }),
  };
};

const ageOf = ({ pack: { pack, sentAt } }: UnsettledPack, now: number): number => now - (pack.since ?? sentAt);

/** @returns those whose events could not all be stored. */
const setAside = async (
  overdue: readonly UnsettledPack[],
  { destination, store }: GiveBackContext,
): Promise<readonly UnsettledPack[]> => {
  const reason = `The destination did not take the events within ${auditWaitsAtMostMs / 86_400_000} days`;
  const letters = overdue.flatMap((one) => {
    const attempts = one.pack.pack.attempts + 1;
    const facts = { destination, attempts };
    return packEvents(one.rest, { attempts }).messages.map((body) => ({
      one,
      letter: { body, code: 'not-delivered', reason, facts },
    }));
  });
  const lost = await store(letters.map(({ letter }) => letter));
  const kept = new Set(letters.filter((_, index) => lost.has(index)).map(({ one }) => one));
  return overdue.filter((one) => kept.has(one));
};

/** @returns the packs whose rest is in no queue. */
const requeue = async (
  parts: readonly UnsettledPack[],
  { pauseMs, queueUrl, queues, deadline }: GiveBackContext,
): Promise<readonly UnsettledPack[]> => {
  if (parts.length === 0) return [];
  const messages = parts.map(({ pack: { pack, sentAt }, rest }) => {
    const attempts = pack.attempts + 1;
    // A part of a pack fits into one message.
    const [body = ''] = packEvents(rest, { attempts, since: pack.since ?? sentAt }).messages;
    return { body, delaySeconds: delaySeconds(attempts, pauseMs) };
  });
  const failed = await queues.send(queueUrl, messages, deadline);
  return parts.filter((_, index) => failed.has(index));
};

const firstPauseSeconds = 15;

/** Doubles with each time, and is not the same for all. */
const backoffSeconds = (times: number, longestSeconds: number): number => {
  const ceiling = Math.min(longestSeconds, firstPauseSeconds * 2 ** Math.min(times - 1, 20));
  return randomInt(Math.ceil((ceiling * 2) / 3), ceiling + 1);
};

/**
 * Up to half an hour, and then never below twenty minutes: SQS counts each time a message is received, and the receives
 * must outlast {@link auditWaitsAtMostMs}.
 */
const hiddenSeconds = (receives: number, askedMs: number): number => {
  const longest = longestHiddenSeconds;
  return Math.min(longest, Math.max(backoffSeconds(receives, longest), Math.ceil(askedMs / 1000)));
};

/** Two thirds of it are above {@link auditHiddenSeconds}, also for what the first, short pauses use up. */
const longestHiddenSeconds = Math.ceil((auditHiddenSeconds * 1.6) / 60) * 60;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
const longestDelaySeconds = 900;

const delaySeconds = (times: number, askedMs: number): number =>
  Math.min(longestDelaySeconds, Math.max(backoffSeconds(times, longestDelaySeconds), Math.ceil(askedMs / 1000)));
