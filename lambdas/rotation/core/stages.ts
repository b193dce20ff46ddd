/** Reads the staging labels of a secret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version */
import type { SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';

type Stages = SecretDescription['stages'];

/**
 * A version that is AWSPENDING and AWSPREVIOUS was current once: a value put by hand took its place, and that value wins.
 *
 * @throws RotationError `superseded` if the version is neither.
 */
export const stageOf = (stages: Stages, { name }: SecretDescription, token: string): 'pending' | 'current' => {
  const labels = stages.get(token);
  if (labels?.has('AWSCURRENT')) return 'current';
  if (labels?.has('AWSPENDING') && !labels.has('AWSPREVIOUS')) return 'pending';
  throw new RotationError(
    'superseded',
    `Version ${token} of secret ${name} is neither AWSPENDING nor AWSCURRENT: this rotation was cancelled, or another one replaced it`,
    { retryable: false },
  );
};

export const versionWith = (stages: Stages, label: 'AWSCURRENT' | 'AWSPREVIOUS'): string | undefined => {
  for (const [versionId, labels] of stages) if (labels.has(label)) return versionId;
  return undefined;
};

/** The version that a rotation is on its way to; on the current one the label says nothing. */
export const pendingElsewhere = (stages: Stages): string | undefined => {
  for (const [versionId, labels] of stages) {
    if (labels.has('AWSPENDING') && !labels.has('AWSCURRENT') && !labels.has('AWSPREVIOUS')) return versionId;
  }
  return undefined;
};

/**
 * The version on which AWSPENDING was left behind: it stays on a version that is promoted, and when a value put by hand
 * follows, Secrets Manager takes it for a rotation that is not complete, and refuses the next one.
 */
export const leftPending = (stages: Stages): string | undefined => {
  for (const [versionId, labels] of stages) {
    if (labels.has('AWSPENDING') && labels.has('AWSPREVIOUS')) return versionId;
  }
  return undefined;
};
