/** Text that a terminal, a log viewer or a SIEM shows as it is: nothing in it is invisible or moves what is around it. */

const printableAscii = /^[\x20-\x7E]*$/;

/** Controls, formats (bidi, zero width), line and paragraph separators, halves of surrogate pairs, and what SQS refuses. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/gu;

/** Control characters as `\u001b`, lone surrogates as U+FFFD; longer text is cut and ends with `…`. */
export const cleanText = (value: string, longest: number): string => {
  // Cut first: a user agent can have a megabyte.
  const cut = truncate(value, longest);
  if (printableAscii.test(cut)) return cut;
  return truncate(
    cut.replace(unfit, (character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code >= 0xd800 && code <= 0xdfff) return '\uFFFD';
      return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
    }),
    longest,
  );
};

const truncate = (value: string, longest: number): string => {
  if (value.length <= longest) return value;
  const last = value.charCodeAt(longest - 2);
  // Not between the halves of a surrogate pair.
  const end = last >= 0xd800 && last <= 0xdbff ? longest - 2 : longest - 1;
  return `${value.slice(0, end)}…`;
};
