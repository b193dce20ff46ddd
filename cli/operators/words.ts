/** Times as an operator reads them. */

/** `2026-11-21 12:00 UTC` */
export const moment = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `40 s`, `12 min`, `5 h`, `3 days`: the whole units that have passed, or are to come. */
export const span = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
};

/** The first characters of a version id, enough to find it. */
export const shortId = (versionId: string): string =>
  versionId.length > 20 ? `${versionId.slice(0, 20)}…` : versionId;
