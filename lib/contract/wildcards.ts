/** Patterns with wildcards, which the deployment sets. What is matched comes from outside. */

/** In `pattern`, `*` is any run of characters. Linear in the length of the text. */
export const matchesWildcards = (pattern: string, text: string): boolean => {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
};

/** What `ArnLike` of IAM takes for one of the pattern: `*` is any run of characters, `?` any character. */
export const arnPattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split(/([*?])/)
      .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replaceAll(/[$()+.[\\\]^{|}]/g, '\\$&')))
      .join('')}$`,
  );
