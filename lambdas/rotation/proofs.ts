/** Remembers, in this process and for a minute, which versions were seen to log in. */
import type { Clock, Proofs } from './ports.ts';

const validMs = 60_000;

/**
 * Made once for all invocations of a process: testSecret and finishSecret follow each other within a second, and mostly
 * in the same one.
 *
 * @param limit - how many versions at most; the oldest goes first. @default 100
 */
export const recentProofs = ({ now }: Pick<Clock, 'now'>, limit = 100): Proofs => {
  const seen = new Map<string, number>();
  const key = (secretArn: string, versionId: string): string => `${secretArn} ${versionId}`;
  return {
    record: (secretArn, versionId) => {
      seen.delete(key(secretArn, versionId));
      seen.set(key(secretArn, versionId), now().getTime());
      const [oldest] = seen.keys();
      if (seen.size > limit && oldest !== undefined) seen.delete(oldest);
    },
    take: (secretArn, versionId) => {
      const at = seen.get(key(secretArn, versionId));
      seen.delete(key(secretArn, versionId));
      return at !== undefined && now().getTime() - at <= validMs;
    },
  };
};
