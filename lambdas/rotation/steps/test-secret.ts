/** Step 3: proves that the pending credential logs in. */
import { checkConfiguration } from './configuration.ts';
import { testReaders } from '../core/readers.ts';
import { checkPending, findPending, readCurrent, type CurrentVersion, type Rotation } from '../core/rotation.ts';
import { isAuthFailure } from '../../databases/errors.ts';
import { isSameValue } from '../core/same-value.ts';
import { addressOf, credentialOf, namesUser, parseValue, type CompleteValue } from '../core/secret-value.ts';
import { stageOf } from '../core/stages.ts';
import { credentialRotation } from './set-secret.ts';

export type TestOutcome =
  | 'pending-logs-in'
  /** The writer accepts it; a replica can't be reached by anybody. */
  | 'reader-unreachable'
  | 'configuration-holds'
  | 'already-current';

/**
 * With `RotateImmediately: false` Secrets Manager runs this step alone, to test the configuration: the pending version
 * then has no value, or a copy of the current one, which before the first rotation names no user.
 *
 * @param known - the rotation as it was when a step before looked; good enough as long as the credential logs in.
 * @param open - gives the rotation as it is now.
 */
export const testSecret = async (known: Rotation | undefined, open: () => Promise<Rotation>): Promise<TestOutcome> => {
  const rotation = known ?? (await open());
  const { secret, token, ports } = rotation;
  const what = `secret ${secret.name}, version ${token}`;
  const version = await findPending(rotation);
  const stage = version && stageOf(new Map([[token, version.stages]]), secret, token);
  if (stage === 'current') return 'already-current';
  const current = await readCurrent(rotation);
  // A value equal to AWSCURRENT is as good as that, no matter which principal wrote it.
  if (!version || isSameValue(version.value, current.text) || !namesUser(parseValue(version.value, what))) {
    const opened = known ? await open() : rotation;
    if (stageOf(opened.secret.stages, secret, token) === 'current') return 'already-current';
    await checkConfiguration(opened);
    return 'configuration-holds';
  }
  const pending = await checkPending(rotation, version, current);
  const address = await addressOf(pending, what, rotation);
  try {
    await ports.database.login(address, credentialOf(pending));
  } catch (error) {
    if (!isAuthFailure(error)) throw error;
    return restore(known ? await open() : rotation, pending, error, known ? undefined : current);
  }
  const readers = await testReaders(rotation, address, credentialOf(pending));
  ports.proofs.record(secret.arn, token);
  return readers === 'all-accept' ? 'pending-logs-in' : 'reader-unreachable';
};

const restore = async (
  rotation: Rotation,
  pending: CompleteValue,
  refusal: unknown,
  current: CurrentVersion | undefined,
): Promise<never> => rotation.strategy.restore(await credentialRotation(rotation, pending, current), refusal);
