/** Remembers, in this process and for a minute, what the next step does not have to ask again. */
import type { Clock } from '../../runtime/clock.ts';
import type { Proofs, SecretDescription } from './ports.ts';

const validMs = 60_000;

/**
 * Made once for all invocations of a process.
 *
 * @param limit - how many versions at most; the oldest goes first. @default 100
 */
export const recentProofs = ({ now }: Pick<Clock, 'now'>, limit = 100): Proofs => {
  const logins = recentMap<true>(now, limit);
  const descriptions = recentMap<SecretDescription>(now, limit);
  const keyOf = (secretArn: string, versionId: string): string => `${secretArn} ${versionId}`;
  return {
    record: (secretArn, versionId) => {
      logins.set(keyOf(secretArn, versionId), true);
    },
    take: (secretArn, versionId) => {
      const key = keyOf(secretArn, versionId);
      const seen = logins.get(key) ?? false;
      logins.delete(key);
      return seen;
    },
    remember: (secret, versionId) => {
      descriptions.set(keyOf(secret.arn, versionId), secret);
    },
    recall: (secretArn, versionId) => descriptions.get(keyOf(secretArn, versionId)),
  };
};

const recentMap = <Value>(now: () => Date, limit: number) => {
  const all = new Map<string, { readonly at: number; readonly value: Value }>();
  return {
    get: (key: string): Value | undefined => {
      const seen = all.get(key);
      return seen && now().getTime() - seen.at <= validMs ? seen.value : undefined;
    },
    set: (key: string, value: Value): void => {
      all.delete(key);
      all.set(key, { at: now().getTime(), value });
      const [oldest] = all.keys();
      if (all.size > limit && oldest !== undefined) all.delete(oldest);
    },
    delete: (key: string): void => {
      all.delete(key);
    },
  };
};
