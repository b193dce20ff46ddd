/** Plans the next rotation of a secret by its rules. */
import { nextWindow } from '../../rotation/rotation-rules.ts';
import type { SecretsContext } from './secrets-context.ts';

/** Counts from the last rotation, or from `from` (ms) where the last one should be passed over. */
export const planNextRotation = (
  { records, rotations, clock }: Pick<SecretsContext, 'records' | 'rotations' | 'clock'>,
  arn: string,
  from?: number,
): void => {
  const record = records.find(arn);
  const { rotation } = record ?? {};
  if (rotation?.enabled !== true) {
    rotations.plan(arn, undefined);
    return;
  }
  const since = from ?? Math.max(record?.lastRotatedAt ?? 0, rotation.since);
  rotations.plan(arn, nextWindow(rotation.rules, { now: clock.now(), since }));
};
