/**
 * Which pending values this function wrote. Anyone who may put a value can plant one, with any staging label; only the
 * function's role may set these tags. The digest says nothing of the value, whose password has 128 bits at least.
 */
import { createHash } from 'node:crypto';
import { pendingMarkPrefix } from '../../../lib/contract/index.ts';
import type { RotationPorts, SecretDescription, SecretVersion } from './ports.ts';
import { retrying } from '../../runtime/retry.ts';
import { RotationError } from './rotation-error.ts';

interface Written {
  readonly ports: Pick<RotationPorts, 'versions' | 'clock'>;
  readonly secret: SecretDescription;
  readonly token: string;
}

/** Set before the value is stored: a crash in between leaves a tag without a value, and never a value without a tag. */
export const markPending = async ({ ports, secret, token }: Written, value: string): Promise<void> => {
  await ports.versions.mark(secret.arn, { key: keyOf(secret, token, value), versionId: token });
};

/** @throws RotationError `pending-not-ours`. */
export const refuseUnlessOurs = async (rotation: Written, version: Pick<SecretVersion, 'value'>): Promise<void> => {
  if (await isOurs(rotation, version)) return;
  const { secret, token } = rotation;
  throw new RotationError(
    'pending-not-ours',
    `Secret ${secret.name}: the value of version ${token} was not written by this function, so nothing in it is used; give that version up (\`strongroom repair --back\`), find out who put it, then rotate`,
    { retryable: false },
  );
};

/** Descriptions after a write can be stale. After so many, a mark is treated as missing. */
const descriptions = 3;

export const isOurs = async (
  { ports, secret, token }: Written,
  { value }: Pick<SecretVersion, 'value'>,
): Promise<boolean> => {
  const key = keyOf(secret, token, value);
  const isMarked = ({ tags }: SecretDescription): boolean => tags[key] === token;
  if (isMarked(secret)) return true;
  const described = await retrying(() => ports.versions.describe(secret.arn), {
    clock: ports.clock,
    attempts: descriptions,
    always: true,
    afterResult: (description) => !isMarked(description),
  });
  return isMarked(described);
};

/** Keys of the marks of versions that are not pending any more. */
export const marksLeft = ({ tags, stages }: SecretDescription): readonly string[] =>
  Object.entries(tags)
    .filter(([key, versionId]) => key.startsWith(pendingMarkPrefix) && !isPending(stages, versionId))
    .map(([key]) => key);

const isPending = (stages: SecretDescription['stages'], versionId: string): boolean => {
  const labels = stages.get(versionId);
  return labels !== undefined && labels.has('AWSPENDING') && !labels.has('AWSCURRENT');
};

const keyOf = ({ arn }: SecretDescription, versionId: string, value: string): string =>
  pendingMarkPrefix +
  createHash('sha256')
    .update(JSON.stringify([arn, versionId, value]))
    .digest('base64url');
