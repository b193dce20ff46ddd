/** The pack of a message, if it is one and comes from the function's own queue. */
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import { readPack, type Pack } from './pack.ts';
import type { ReceivedMessage } from './received-messages.ts';

/** @returns InvalidEvent with why the message has none. */
export const ownPackOf = ({ body, source }: ReceivedMessage, isOwn: (arn: string) => boolean): Pack | InvalidEvent => {
  if (!isOwn(source)) return new InvalidEvent('The message is from a queue that is not the one of this function');
  try {
    return readPack(body);
  } catch (error) {
    if (error instanceof InvalidEvent) return error;
    throw error;
  }
};
