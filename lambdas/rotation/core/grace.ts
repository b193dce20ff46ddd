/** The time in which the credential before the current one is left alone: applications may still have it. */
import { forcedTokenPrefix } from '../../../lib/contract/index.ts';
import type { SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import type { CurrentVersion, Rotation } from './rotation.ts';
import { isText, parseValue } from './secret-value.ts';
import { versionWith } from './stages.ts';
import { areTwins } from './twins.ts';

const hourMs = 3_600_000;

/** Of a secret that left `alternating-users`, whose tags then say nothing of a grace time. */
export const defaultGraceHours = 24;
/** So long after that such a secret is looked at: its tags do not tell it from all the others, its values must be read. */
export const looksForHours = 72;

export const isForced = (token: string): boolean => token.startsWith(forcedTokenPrefix);

/**
 * When the current version became current. Secrets Manager dates the rotations that it ran; a version that is younger than
 * the last of them was put by hand, or promoted by an operator long after it was made. The last change of the secret is
 * then the latest that it can have been: too long a grace time harms nobody, one too short does.
 */
export const promotedAt = (
  { lastRotatedAt, lastChangedAt }: Pick<SecretDescription, 'lastRotatedAt' | 'lastChangedAt'>,
  { createdAt }: Pick<CurrentVersion, 'createdAt'>,
): Date => {
  const [rotated, created] = [lastRotatedAt?.getTime() ?? 0, createdAt?.getTime() ?? 0];
  return new Date(rotated >= created ? rotated : Math.max(created, lastChangedAt?.getTime() ?? 0));
};

export const graceEnd = (promoted: Date, graceHours: number): Date =>
  new Date(promoted.getTime() + graceHours * hourMs);

/**
 * A rotation of two users or two passwords takes the older one away. An operator can force that: the token then begins
 * with `forced-`, and CloudTrail keeps it.
 *
 * @throws RotationError `within-grace`: for createSecret final, as it gives the empty version up.
 */
export const refuseWithinGrace = async (
  rotation: Rotation,
  current: CurrentVersion,
  { retryable }: { readonly retryable: boolean },
): Promise<void> => {
  const { ports, secret, settings, strategy, token } = rotation;
  if (versionWith(secret.stages, 'AWSPREVIOUS') === undefined || isForced(token)) return;
  const graceHours = strategy.hasGrace ? settings.graceHours : await hoursOfLeaving(rotation, current);
  if (graceHours === undefined) return;
  const end = graceEnd(promotedAt(secret, current), graceHours);
  if (ports.clock.now() >= end) return;
  throw new RotationError(
    'within-grace',
    `Secret ${secret.name}: the credential before this one stays valid until ${end.toISOString()} (grace ${graceHours}h), and this rotation would end it; wait. rotate --force locks out every application that still uses it: check first that none does`,
    { retryable },
  );
};

/**
 * Of a secret that left two users: until the sweep has ended the user before, no rotation takes AWSPREVIOUS from it, by which
 * the sweep finds it, and none changes the other user while applications may still have that one's credential.
 */
const hoursOfLeaving = async (
  { ports, secret, strategy, settings }: Rotation,
  current: CurrentVersion,
): Promise<number | undefined> => {
  const { username: now } = current.value;
  const next = strategy.nextUsername(current.value, settings.username);
  if (!isText(now)) return undefined;
  if (next !== undefined && areTwins(now, next)) return defaultGraceHours;
  const isRecent = ports.clock.now() < graceEnd(promotedAt(secret, current), defaultGraceHours + looksForHours);
  if (!isRecent) return undefined;
  const previous = await ports.versions.read(secret.arn, { stage: 'AWSPREVIOUS' });
  const { username: before } = previous ? parseValue(previous.value, `secret ${secret.name}, AWSPREVIOUS`) : {};
  return isText(before) && areTwins(before, now) ? defaultGraceHours + looksForHours : undefined;
};
