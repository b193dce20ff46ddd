/** Keys of the ledger's table. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** DynamoDB takes 2,048 bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const longestKeyBytes = 1_024;

/** `<destination>#<eventId>`. An id comes from outside: a long one is replaced by its hash. */
export const ledgerKey = (destination: string, eventId: string): string => {
  const key = `${destination}#${eventId}`;
  if (Buffer.byteLength(key) <= longestKeyBytes) return key;
  return `${destination}#sha256:${createHash('sha256').update(eventId).digest('hex')}`;
};
