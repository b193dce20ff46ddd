/**
 * A step that can't succeed with the pending version gives that version up: Secrets Manager starts no other rotation as
 * long as AWSPENDING is left on it.
 */
import { giveUpWithoutValue, rollBackRotation } from './roll-back.ts';
import { findPending, type Rotation } from '../core/rotation.ts';
import { isRotationFailure, RotationError } from '../core/rotation-error.ts';

/**
 * Runs createSecret. If it is refused permanently and no value was stored, the label goes. Anything that fails in between
 * leaves the label, which the sweep takes away later.
 */
export const givingUpEmpty = async <Outcome>(
  rotation: Rotation,
  create: (rotation: Rotation) => Promise<Outcome>,
): Promise<Outcome> => {
  try {
    return await create(rotation);
  } catch (error) {
    if (isRotationFailure(error) && !error.retryable) {
      await giveUpIfEmpty(rotation, () => rotation).catch(leftToTheSweep);
    }
    throw error;
  }
};

/** @returns whether the version had no value and was given up. */
export const giveUpIfEmpty = async (
  pending: Pick<Rotation, 'ports' | 'secret' | 'token'>,
  open: () => Omit<Rotation, 'token'>,
): Promise<boolean> => {
  if ((await findPending(pending)) !== undefined) return false;
  await giveUpWithoutValue(pending, open);
  return true;
};

/** The refusal itself is what an operator must see. */
const leftToTheSweep = (): void => undefined;

/**
 * Runs setSecret. A password that the server's policy refuses will be refused at every retry, so the version goes, as
 * soon as the current credential is seen to log in.
 */
export const givingUpRefused = async <Outcome>(
  rotation: Rotation,
  set: (rotation: Rotation) => Promise<Outcome>,
): Promise<Outcome> => {
  try {
    return await set(rotation);
  } catch (error) {
    if (!(isRotationFailure(error) && error.code === 'password-refused')) throw error;
    const what = await rollBackRotation(rotation).then(
      ({ outcome }) =>
        outcome === 'given-up'
          ? 'the pending version was given up, and the next rotation generates another'
          : undefined,
      () => 'the pending version could not be given up yet: run `strongroom repair --back`, then rotate again',
    );
    if (what === undefined) throw error;
    throw new RotationError('password-refused', `Secret ${rotation.secret.name}: ${error.message}; ${what}`, {
      retryable: false,
      cause: error,
    });
  }
};
