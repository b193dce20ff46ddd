/** Texts of others, which may be no JSON: a policy, a log line, an answer of a function, a digest. */

/** @returns undefined if the text is not JSON: a schema refuses that like any other wrong value */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
