/** What is due for a secret or a key by the clock: rotations, exceptions, ends and reads. */
import type { SecretFinding } from './posture-drift.ts';
import type { DeclaredException, DeclaredSecretPosture, LiveKey, LiveSecret } from './posture.ts';
import { expiresTag } from './tags.ts';

/** Days for which an end counts as near. */
export const soonDays = 30;

/** Days without a read after which a secret may be of no use. */
export const unreadDays = 90;

/**
 * @param live - absent: the secret is not in the account, or could not be asked.
 * @param now - milliseconds since the epoch.
 */
export const dueOf = (declared: DeclaredSecretPosture, live: LiveSecret | undefined, now: number): SecretFinding[] => [
  ...(live
    ? [...rotationDue(declared, live, now), ...endDue(declared, live, now), ...readDue(declared, live, now)]
    : []),
  ...exceptionDue(declared.exception, now),
];

/** @param secrets - how many secrets are declared to be encrypted with it. */
export const keyDue = (name: string, key: LiveKey | undefined, secrets: number, now: number): SecretFinding[] => {
  const depend = `${secrets} declared ${secrets === 1 ? 'secret depends' : 'secrets depend'} on ${name}`;
  if (!key) return [{ code: 'drift-key', severity: 'critical', message: `There is no such key: ${depend}.` }];
  if (key.deletionAt !== undefined || key.state === 'PendingDeletion') {
    const on = key.deletionAt === undefined ? 'soon' : `on ${dayOf(key.deletionAt)}`;
    return [
      {
        code: 'key-near-expiry',
        severity: 'critical',
        message: `It will be deleted ${on}, and what it encrypted is lost with it: ${depend}. Cancel the deletion.`,
      },
    ];
  }
  if (key.state !== 'Enabled') {
    return [{ code: 'drift-key', severity: 'critical', message: `Its state is ${key.state}: ${depend}.` }];
  }
  return key.validTo !== undefined && key.validTo - now < soonDays * dayMs
    ? [{ code: 'key-near-expiry', message: `Its imported key material expires on ${dayOf(key.validTo)}: ${depend}.` }]
    : [];
};

/** As the hourly watch of rotations has it: the date of the next rotation moves on after one that failed. */
const rotationDue = ({ rotation }: DeclaredSecretPosture, live: LiveSecret, now: number): SecretFinding[] => {
  if (!rotation) return [];
  const { lastRotatedAt, nextRotationAt, createdAt } = live;
  // A secret that never rotated is as old as its schedule, whose creation is a change of the secret.
  const since = lastRotatedAt ?? live.lastChangedAt ?? createdAt;
  const isLate = since !== undefined && now - since > rotation.overdueAfterHours * hourMs;
  if (lastRotatedAt === undefined) {
    if (isLate || (rotation.atCreation && createdAt !== undefined && now - createdAt > firstRotationMs)) {
      return [{ code: 'never-rotated', message: `It has not rotated since it was created${onDay(createdAt)}.` }];
    }
    return [];
  }
  const isMissed = live.rotation !== undefined && nextRotationAt !== undefined && nextRotationAt < now;
  return isLate || isMissed
    ? [
        {
          code: 'overdue',
          message: `It last rotated on ${dayOf(lastRotatedAt)}, and must rotate every ${inWords(rotation.everyHours)}.`,
        },
      ]
    : [];
};

/** Until its last day is over. */
const exceptionDue = (exception: DeclaredException | undefined, now: number): SecretFinding[] => {
  if (!exception) return [];
  const { until, approvedBy } = exception;
  const end = endOf(until);
  if (end - now > soonDays * dayMs) return [];
  const what = `Its exception, approved by ${approvedBy},`;
  return [
    end <= now
      ? { code: 'exception-ends-soon', severity: 'high', message: `${what} ended on ${until}.` }
      : { code: 'exception-ends-soon', message: `${what} ends on ${until}.` },
  ];
};

const endDue = ({ class: secretClass }: DeclaredSecretPosture, { tags }: LiveSecret, now: number): SecretFinding[] => {
  const until = tags[expiresTag];
  if (until === undefined) return [];
  const code = secretClass === 'tls-certificate' ? 'certificate-near-expiry' : 'key-near-expiry';
  const end = endOf(until);
  if (Number.isNaN(end)) {
    return [{ code, severity: 'medium', message: `Its tag ${expiresTag} is not a day: write YYYY-MM-DD.` }];
  }
  if (end <= now) return [{ code, severity: 'critical', message: `It ended on ${until}, by its tag ${expiresTag}.` }];
  return end - now <= soonDays * dayMs ? [{ code, message: `It ends on ${until}, by its tag ${expiresTag}.` }] : [];
};

/** Both times are compared as days: Secrets Manager keeps no more of a read. */
const readDue = (
  { honey }: DeclaredSecretPosture,
  { createdAt, lastReadAt }: LiveSecret,
  now: number,
): SecretFinding[] => {
  if (honey || createdAt === undefined || daysBetween(createdAt, now) <= unreadDays) return [];
  if (lastReadAt !== undefined && daysBetween(lastReadAt, now) <= unreadDays) return [];
  return [
    {
      code: 'never-read',
      message:
        lastReadAt === undefined
          ? `It was created on ${dayOf(createdAt)}, and never read since.`
          : `It was last read on ${dayOf(lastReadAt)}.`,
    },
  ];
};

const daysBetween = (from: number, to: number): number => Math.floor(to / dayMs) - Math.floor(from / dayMs);

/** The end of a day, UTC; `NaN` if the text is not a day. */
const endOf = (day: string): number =>
  /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) + dayMs : Number.NaN;

const onDay = (time: number | undefined): string => (time === undefined ? '' : ` on ${dayOf(time)}`);

const inWords = (hours: number): string => (hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`);

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** A first rotation with all its retries is done by then. */
const firstRotationMs = dayMs;
