/** Parses JSON that came from outside. The parser's own message quotes the text, so no error has it. */
import { InvalidEvent } from './invalid-event.ts';

/** @returns undefined if the text is not JSON, which no JSON is. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** @throws InvalidEvent if the text of a message is not JSON. */
export const parseMessage = (text: string): unknown => {
  const value = jsonOf(text);
  if (value === undefined) throw new InvalidEvent('The message is not valid JSON');
  return value;
};
