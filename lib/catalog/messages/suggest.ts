/** "Did you mean": the nearest word to one that is not known. */
import { distance } from 'fastest-levenshtein';

/** The candidate that is a typing error or two away; `undefined` if none is. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  const slips = Math.max(1, Math.floor(word.length / 3));
  let best: { candidate: string; slips: number } | undefined;
  for (const candidate of candidates) {
    const needed = slipsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (needed <= slips && (best === undefined || needed < best.slips)) best = { candidate, slips: needed };
  }
  return best?.candidate;
};

/** `did you mean api?`, or the words that are allowed. */
export const didYouMean = (word: string, candidates: readonly string[], none: string): string => {
  const suggestion = nearest(word, candidates);
  if (suggestion !== undefined) return `did you mean ${suggestion}?`;
  return candidates.length === 0 ? none : `write ${candidates.length === 1 ? '' : 'one of '}${candidates.join(', ')}`;
};

/** The edit distance, in which letters that changed places (`aip` for `api`) are one slip. */
const slipsBetween = (word: string, candidate: string): number =>
  word !== candidate && lettersOf(word) === lettersOf(candidate) ? 1 : distance(word, candidate);

const lettersOf = (word: string): string => Array.from(word).sort().join('');
