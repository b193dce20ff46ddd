/** Step 4: gives the pending credential to the applications. */
import { readPending, stageOf, type Rotation } from '../rotation.ts';
import { RotationError } from '../rotation-error.ts';
import { addressOf, credentialOf } from '../secret-value.ts';

export type FinishOutcome = 'promoted' | 'already-current';

/** Steps can come out of order: a credential that does not log in is never promoted, whatever came before. */
export const finishSecret = async (rotation: Rotation): Promise<FinishOutcome> => {
  const { ports, secret, token } = rotation;
  const pending = await readPending(rotation);
  await ports.database.login(addressOf(pending, `secret ${secret.name}`), credentialOf(pending));

  const from = currentVersion(rotation, secret.stages);
  if ((await ports.versions.promote(secret.arn, { from, to: token })) === 'promoted') return 'promoted';

  // Another worker was faster, or the view of the stages was stale, or someone put a value by hand: look again, once.
  const { stages } = await ports.versions.describe(secret.arn);
  if (stageOf(stages, secret, token) === 'current') return 'already-current';
  const now = currentVersion(rotation, stages);
  if ((await ports.versions.promote(secret.arn, { from: now, to: token })) === 'promoted') return 'promoted';
  throw new RotationError(
    'superseded',
    `Secret ${secret.name}: AWSCURRENT moved while version ${token} was to get it; the next try looks again`,
    { retryable: true },
  );
};

const currentVersion = ({ secret }: Rotation, stages: Rotation['secret']['stages']): string => {
  for (const [versionId, labels] of stages) if (labels.has('AWSCURRENT')) return versionId;
  throw new RotationError('value-missing', `Secret ${secret.name} has no version with AWSCURRENT`, {
    retryable: false,
  });
};
