/** The error message of a record without the values that it quotes. */
import { cleanText } from './clean-text.ts';

/** CloudTrail cuts error messages at 1 KB. */
const longestMessage = 4_096;
const longestOutput = 1_024;
const redacted = '(redacted)';

/**
 * AWS repeats refused input in validation messages, as in `Value 'x' at 'secretString' failed to satisfy constraint`.
 * Takes too much rather than too little: an unclosed quote is taken to the end of the text. Field names and ARNs stay.
 */
export const withoutQuotedValues = (message: string): string => {
  if (message.length > longestMessage) return `(left out: longer than ${longestMessage} characters)`;
  return cleanText(withoutQuotes(withoutBraces(withoutRefusedValues(message))), longestOutput);
};

/** From the first `Value '` to the last quote before ` at '`: the value can have quotes of its own. */
const withoutRefusedValues = (message: string): string => {
  const opening = /\bvalues? (?=['"[])/i.exec(message);
  if (!opening) return message;
  const start = opening.index + opening[0].length;
  const beforeField = lastMatch(message, /['"\]](?= at ['"])/g, start);
  const end = beforeField ?? lastMatch(message, /['"\]]/g, start) ?? message.length;
  return `${message.slice(0, start)}${redacted}${message.slice(end + 1)}`;
};

/** Position of the last match after `start`. */
const lastMatch = (message: string, pattern: RegExp, start: number): number | undefined => {
  let last: number | undefined;
  for (const { index } of message.matchAll(pattern)) if (index > start) last = index;
  return last;
};

/** A policy, or a value that is JSON. */
const withoutBraces = (message: string): string => {
  const start = message.indexOf('{');
  if (start === -1) return message;
  const end = message.lastIndexOf('}');
  return `${message.slice(0, start)}${redacted}${end > start ? message.slice(end + 1) : ''}`;
};

/** The apostrophe of `can't` opens nothing. */
const opensQuote = /(?<![A-Za-z0-9])['"`]/g;

const withoutQuotes = (message: string): string => {
  let output = '';
  let from = 0;
  opensQuote.lastIndex = 0;
  for (let found = opensQuote.exec(message); found; found = opensQuote.exec(message)) {
    const start = found.index;
    const closing = message.indexOf(found[0], start + 1);
    const end = closing === -1 ? message.length : closing;
    const content = message.slice(start + 1, end);
    const isField = message.endsWith(`${redacted} at `, start) && /^[A-Za-z][\w.]{0,63}$/.test(content);
    if (closing !== -1 && (isField || /^arn:[\w:/+=,.@!-]+$/.test(content))) {
      output += message.slice(from, end + 1);
    } else {
      output += `${message.slice(from, start)}${redacted}`;
    }
    from = end + 1;
    opensQuote.lastIndex = from;
    if (from >= message.length) break;
  }
  opensQuote.lastIndex = 0;
  return output + message.slice(from);
};
