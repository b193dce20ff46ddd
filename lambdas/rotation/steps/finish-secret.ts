/** Step 4: gives the pending credential to the applications. */
import { readCurrent, readPending, type Rotation } from '../core/rotation.ts';
import { RotationError } from '../core/rotation-error.ts';
import { addressOf, credentialOf } from '../core/secret-value.ts';
import { stageOf, versionWith } from '../core/stages.ts';

export type FinishOutcome = 'promoted' | 'already-current';

/**
 * Steps can come out of order: a credential that does not log in is never promoted, whatever came before. What this very
 * process saw log in a moment ago is not asked again.
 */
export const finishSecret = async (rotation: Rotation): Promise<FinishOutcome> => {
  const { ports, secret, token } = rotation;
  if (!ports.proofs.take(secret.arn, token)) await prove(rotation);

  const from = currentVersion(rotation, secret.stages);
  if ((await ports.versions.promote(secret.arn, { from, to: token })) === 'promoted') return 'promoted';

  // Another worker was faster, or the view of the stages was stale, or someone put a value by hand: look again, once.
  const { stages } = await ports.versions.describe(secret.arn);
  if (stageOf(stages, secret, token) === 'current') return 'already-current';
  const now = currentVersion(rotation, stages);
  if ((await ports.versions.promote(secret.arn, { from: now, to: token })) === 'promoted') return 'promoted';
  throw new RotationError(
    'superseded',
    `Secret ${secret.name}: AWSCURRENT moved before version ${token} got it; the next attempt looks again`,
    { retryable: true },
  );
};

const prove = async (rotation: Rotation): Promise<void> => {
  const { ports, secret, token } = rotation;
  const pending = await readPending(rotation, await readCurrent(rotation));
  const address = await addressOf(pending, `secret ${secret.name}, version ${token}`, rotation);
  await ports.database.login(address, credentialOf(pending));
};

const currentVersion = ({ secret }: Rotation, stages: Rotation['secret']['stages']): string => {
  const current = versionWith(stages, 'AWSCURRENT');
  if (current !== undefined) return current;
  throw new RotationError('value-missing', `Secret ${secret.name} has no version with AWSCURRENT`, {
    retryable: false,
  });
};
