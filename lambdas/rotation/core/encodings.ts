/** Finds a text within another one, also percent-encoded, escaped as in JSON, or in base64, and in two of these at once. */

const layers = 2;
/** Shorter texts are found by chance in what base64 gives. */
const shortestInBase64 = 6;

export const holdsText = (text: string, wanted: string): boolean => {
  let views = [text];
  for (let layer = 0; ; layer++) {
    if (views.some((view) => view.includes(wanted))) return true;
    if (layer === layers) return false;
    views = views.flatMap((view) => [
      percentDecoded(view),
      percentDecoded(view.replaceAll('+', ' ')),
      unescaped(view),
      ...(Buffer.byteLength(wanted) < shortestInBase64 ? [] : fromBase64(view)),
    ]);
  }
};

const percentDecoded = (text: string): string =>
  text.replace(/(%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-f]{4})|([^]))/gi, (_, code: string | undefined, character: string | undefined) =>
    code === undefined ? (escapes[character ?? ''] ?? character ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** A run can begin in the middle of an alphabet's four characters, so each of the four offsets is read. */
const fromBase64 = (text: string): string[] => {
  const runs = text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? [];
  return [0, 1, 2, 3].map((offset) =>
    runs.map((run) => Buffer.from(run.slice(offset), 'base64').toString()).join('\n'),
  );
};
