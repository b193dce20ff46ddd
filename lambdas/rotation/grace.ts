/** The time in which the credential before the current one is left alone: applications may still have it. */
import { forcedTokenPrefix } from '../../lib/contract/index.ts';
import type { SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import type { CurrentVersion, Rotation } from './rotation.ts';
import { versionWith } from './stages.ts';

const hourMs = 3_600_000;

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
export const refuseWithinGrace = (
  { ports, secret, settings, strategy, token }: Rotation,
  current: CurrentVersion,
  { retryable }: { readonly retryable: boolean },
): void => {
  const { graceHours } = settings;
  const nothingBefore = versionWith(secret.stages, 'AWSPREVIOUS') === undefined;
  if (!strategy.hasGrace || graceHours === undefined || nothingBefore || isForced(token)) return;
  const end = graceEnd(promotedAt(secret, current), graceHours);
  if (ports.clock.now() >= end) return;
  throw new RotationError(
    'within-grace',
    `Secret ${secret.name}: the credential before this one stays valid until ${end.toISOString()} (grace ${graceHours}h), and this rotation would end it; wait. rotate --force locks out every application that still uses it: look first that none does`,
    { retryable },
  );
};
