/**
 * PutSecretValue's rules, which UpdateSecret and CreateSecret share:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
import { ServiceError } from '../../service-call.ts';
import type { SecretValue } from './emulated-secrets.ts';
import { holderOf, moveLabel, type LockedSecret, type SecretsContext } from './secrets-context.ts';
import { planNextRotation } from './rotation-plan.ts';

export interface VersionWrite {
  readonly versionId: string;
  readonly value: SecretValue;
  readonly labels: readonly string[];
}

/**
 * Writes a version and moves labels to it; gives the labels that it has then.
 * @throws ServiceError ResourceExistsException if the version has another value already.
 */
export const writeVersion = async (
  context: SecretsContext,
  secret: LockedSecret,
  write: VersionWrite,
): Promise<readonly string[]> => {
  const { ref, record, versions } = secret;
  const own = versions.get(write.versionId);
  if (own !== undefined && !record.withoutValue.has(write.versionId)) {
    await assertSameValue(context, secret, write);
    return own;
  }
  await context.emulated.writeVersion(ref, write.versionId, write.value, own ?? []);
  record.withoutValue.delete(write.versionId);
  versions.set(write.versionId, own ?? []);
  for (const label of write.labels) await attachLabel(context, secret, label, write.versionId);
  if (write.labels.includes('AWSCURRENT')) {
    await abandonOtherRotation(context, secret, write.versionId);
    noteManualRotation(context, secret);
  }
  return versions.get(write.versionId) ?? [];
};

/** Moves a label to a version, from wherever it is, and keeps `versions` true. */
export const attachLabel = async (
  context: SecretsContext,
  { ref, versions }: LockedSecret,
  label: string,
  versionId: string,
): Promise<void> => {
  const holder = holderOf(versions, label);
  if (holder === versionId) return;
  await moveLabel(context, ref, label, { from: holder, to: versionId });
  for (const [id, labels] of await context.emulated.versions(ref)) versions.set(id, labels);
};

const assertSameValue = async (
  context: SecretsContext,
  { ref }: LockedSecret,
  { versionId, value }: VersionWrite,
): Promise<void> => {
  const stored = await context.emulated.value(ref, { SecretId: ref.arn, VersionId: versionId });
  if (stored.SecretString === value.SecretString && stored.SecretBinary === value.SecretBinary) return;
  throw new ServiceError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${ref.arn}.`,
  );
};

/** A value that becomes current by hand ends a rotation in progress: its AWSPENDING is removed, and the next rotation can start. */
const abandonOtherRotation = async (
  context: SecretsContext,
  { ref, versions }: LockedSecret,
  current: string,
): Promise<void> => {
  const pending = holderOf(versions, 'AWSPENDING');
  if (pending === undefined || pending === current) return;
  await context.emulated.moveLabel(ref, 'AWSPENDING', { from: pending });
  versions.set(
    pending,
    (versions.get(pending) ?? []).filter((label) => label !== 'AWSPENDING'),
  );
  context.rotations.cancel(ref.arn);
  context.rotations.record({
    account: ref.account,
    region: ref.region,
    eventName: 'RotationAbandoned',
    secretArn: ref.arn,
    versionId: pending,
  });
};

const noteManualRotation = (context: SecretsContext, { ref, record }: LockedSecret): void => {
  if (record.rotation?.enabled !== true) return;
  record.lastRotatedAt = context.clock.now();
  planNextRotation(context, ref.arn);
};
