/** Messages for the dead letters and the quarantine: what came, and why it was not delivered. */
import { Buffer } from 'node:buffer';
import type { QueueMessage } from './queues.ts';

export interface DeadLetter {
  readonly body: string;
  /** In kebab case: `event-refused`. */
  readonly code: string;
  readonly reason: string;
  /** What else is known: `destination`, `eventId`, `attempts`. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** SQS takes ten attributes. Longer texts leave no room for the body. */
const longestAttribute = 1_000;

export const deadLetter = ({ body, code, reason, facts = {} }: DeadLetter): QueueMessage => {
  const attributes: Readonly<Record<string, string | number>> = { code, reason, ...facts };
  return {
    body,
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attribute(String(value))])),
  };
};

/** Without the characters that SQS refuses, and never empty. */
const attribute = (text: string): string => {
  const clean = Buffer.from(text.slice(0, longestAttribute))
    .toString()
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  return clean === '' ? '-' : clean;
};
