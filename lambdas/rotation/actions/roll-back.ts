/** `rollBack`: gives the pending version up, once the current credential is seen to log in. */
import type { RollReport } from '../../../lib/contract/index.ts';
import { openSecret, type OnFacts } from '../open-rotation.ts';
import type { Confirm, RotationPorts } from '../ports.ts';
import { findPending, parsePending, type Rotation } from '../rotation.ts';
import { addressOf, completeValue, namesUser, type CompleteValue } from '../secret-value.ts';
import { versionWith } from '../stages.ts';
import { credentialRotation } from '../steps/set-secret.ts';
import { currentCredential, logsIn } from '../strategies/credentials.ts';
import type { CredentialRotation } from '../strategies/strategy.ts';

/**
 * The label goes only after the current credential was seen to log in, or was put back. Between that and the label's end a
 * step of the rotation can still come and set the pending password: so it is looked at once more, when none can any longer.
 *
 * @throws RotationError `nothing-to-return-to`, and what keeps the database from answering.
 */
export const rollBack = async (
  secretId: string,
  token: string,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts,
): Promise<RollReport> => {
  const rotation: Rotation = { ...(await openSecret(secretId, ports, environment, onFacts)), token };
  const { secret } = rotation;
  const labels = secret.stages.get(token);
  if (labels?.has('AWSCURRENT')) return { secret: secret.name, outcome: 'already-current' };
  if (!labels?.has('AWSPENDING')) return { secret: secret.name, outcome: 'given-up' };

  const version = await findPending(rotation);
  // A version that never had a value was never set: nothing is to be put back.
  if (!version) return giveUp(rotation);
  const given = await atCurrentAddress(rotation, parsePending(rotation, version.value));
  // The labels above can be of a moment ago.
  if (given.currentVersion === token) return { secret: secret.name, outcome: 'already-current' };
  await rotation.strategy.returnToCurrent(given, whileStillCurrent(given));
  const report = await giveUp(rotation);
  if (report.outcome === 'given-up' && !(await logsIn(given, currentCredential(given)))) {
    await rotation.strategy.returnToCurrent(given, whileStillCurrent(given));
  }
  return report;
};

const giveUp = async ({ ports, secret, token }: Rotation): Promise<RollReport> => {
  const { stages } = await ports.versions.describe(secret.arn);
  if (stages.get(token)?.has('AWSCURRENT')) return { secret: secret.name, outcome: 'already-current' };
  await ports.versions.removeLabel(secret.arn, 'AWSPENDING', token);
  return { secret: secret.name, outcome: 'given-up' };
};

/** Asked under the user's lock: another worker may have promoted this version, or the next one, meanwhile. */
const whileStillCurrent =
  ({ ports, secret, currentVersion }: CredentialRotation): Confirm =>
  async () => {
    const { stages } = await ports.versions.describe(secret.arn);
    return versionWith(stages, 'AWSCURRENT') === currentVersion;
  };

/**
 * Where the pending value has a wrong host, the current one still has the right one; and the admin of that server is who
 * can put back what was on it.
 */
const atCurrentAddress = async (rotation: Rotation, pending: CompleteValue): Promise<CredentialRotation> => {
  const given = await credentialRotation(rotation, pending);
  if (!namesUser(given.current) || given.current['host'] === undefined) return given;
  const what = `secret ${rotation.secret.name}, AWSCURRENT`;
  const value = completeValue(given.current, what, rotation.ports.database.engine);
  return { ...given, address: addressOf(value, what, rotation.settings) };
};
