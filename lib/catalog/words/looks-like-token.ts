/** Whether a part of an address is hardly a word or a name. */

const uuid = /[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}/i;

/** Of a path: hex, base64, a UUID, most API keys. */
export const looksLikeToken = (part: string): boolean =>
  uuid.test(part) ||
  part.split(/[-_.~]/).some(
    (word) =>
      // Words of a path are short, and digits in them few.
      word.length >= 24 ||
      (word.length >= 12 && /[0-9]/.test(word) && /[A-Za-z]/.test(word)) ||
      /^[0-9]{13,}$/.test(word),
  ) ||
  // Base64 for URLs has separators within.
  (part.length >= 20 && /[a-z]/.test(part) && /[A-Z]/.test(part) && /[0-9]/.test(part));
