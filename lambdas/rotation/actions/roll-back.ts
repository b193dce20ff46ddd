/** `rollBack`: gives the pending version up, once the current credential is seen to log in. */
import type { RollReport } from '../../../lib/contract/index.ts';
import { openSecret, type OnFacts } from '../steps/open-rotation.ts';
import type { Confirm } from '../../databases/port.ts';
import type { RotationPorts, SecretVersion } from '../core/ports.ts';
import { desiredValue } from '../core/desired-value.ts';
import { isOurs } from '../core/pending-mark.ts';
import { findPending, readCurrent, type Rotation } from '../core/rotation.ts';
import { namesUser, parseValue } from '../core/secret-value.ts';
import { versionWith } from '../core/stages.ts';
import { credentialRotation } from '../steps/set-secret.ts';
import { currentCredential, logsIn } from '../strategies/credentials.ts';
import { isAuthFailure } from '../../databases/errors.ts';
import { retrying } from '../../runtime/retry.ts';
import { RotationError } from '../core/rotation-error.ts';
import type { CredentialRotation } from '../core/strategy.ts';

/**
 * The label goes only after the current credential was seen to log in, or was put back.
 *
 * @throws RotationError `nothing-to-return-to`, and what keeps the database from answering.
 */
export const rollBack = async (
  secretId: string,
  token: string,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts,
): Promise<RollReport> => rollBackRotation({ ...(await openSecret(secretId, ports, environment, onFacts)), token });

/** {@link rollBack}, of a rotation that was opened already. */
export const rollBackRotation = async (rotation: Rotation): Promise<RollReport> => {
  const { secret, token, ports } = rotation;
  const labels = secret.stages.get(token);
  if (labels?.has('AWSCURRENT')) return { secret: secret.name, outcome: 'already-current' };
  if (!labels?.has('AWSPENDING')) return { secret: secret.name, outcome: 'given-up' };

  const version = await findPending(rotation);
  // A version without a value was never set: its label goes even if the database can't be reached.
  if (!version) return giveUpWithoutValue(rotation, () => rotation);
  const given = await returning(rotation, version);
  // The labels above can be of a moment ago.
  if (given.currentVersion === token) return { secret: secret.name, outcome: 'already-current' };
  const giveUpOnce = async (): Promise<RollReport | undefined> => {
    await rotation.strategy.returnToCurrent(given, whileStillCurrent(given));
    return giveUpWhereCurrentHolds(given);
  };
  const report = await retrying(giveUpOnce, {
    clock: ports.clock,
    attempts,
    always: true,
    afterResult: (result) => result === undefined,
  });
  if (report) return lastLook(given, report);
  throw new RotationError(
    'nothing-to-return-to',
    `Secret ${secret.name}: the current password was changed again: steps of this rotation may still be running; cancel the rotation, then roll back`,
    { retryable: true },
  );
};

/** The label goes, and the current credential is looked at only if a value came meanwhile. */
export const giveUpWithoutValue = async (
  pending: Pick<Rotation, 'ports' | 'secret' | 'token'>,
  open: () => Omit<Rotation, 'token'>,
): Promise<RollReport> => {
  const report = await giveUp(pending);
  // Steps that were in progress can have given it a value meanwhile, and set it.
  const version = report.outcome === 'given-up' ? await findPending(pending) : undefined;
  if (!version) return report;
  return lastLook(await returning({ ...open(), token: pending.token }, version), report);
};

/** A step that saw the label a moment too long can have set the pending password after its end. */
const lastLook = async (rotation: CredentialRotation, report: RollReport): Promise<RollReport> => {
  const tellable = report.outcome === 'given-up' && namesUser(rotation.current);
  if (tellable && !(await logsIn(rotation, currentCredential(rotation)))) {
    await rotation.strategy.returnToCurrent(rotation, whileStillCurrent(rotation));
  }
  return report;
};

/** A step that is in progress can set the pending password again, between the look at the current one and the lock. */
const attempts = 3;

/**
 * The last look and the end of the label are both under the user's lock: a setSecret that holds it has set what it sets,
 * and one that comes after finds no label. Users who take turns need none: the one in use is never touched.
 */
const giveUpWhereCurrentHolds = async (rotation: CredentialRotation): Promise<RollReport | undefined> => {
  const { current, pending } = rotation;
  if (!namesUser(current) || current['username'] !== pending.username) return giveUp(rotation);
  let report: RollReport | undefined;
  await underLock(rotation, async () => {
    if (await logsIn(rotation, currentCredential(rotation))) report = await giveUp(rotation);
  });
  return report;
};

/** Does something while the user's lock is held, by way of a change that is withdrawn. */
const underLock = async (rotation: CredentialRotation, work: () => Promise<void>): Promise<void> => {
  const { ports, address, admin, token } = rotation;
  const credential = currentCredential(rotation);
  const withdraw: Confirm = async () => {
    await work();
    return false;
  };
  if (admin) {
    const change = { ...credential, resetPassword: true, version: `withdrawn-${token}` };
    await ports.database.changeUser(address, admin, change, withdraw);
    return;
  }
  try {
    await ports.database.changeOwnPassword(address, credential, credential.password, withdraw);
  } catch (error) {
    if (!isAuthFailure(error)) throw error;
  }
};

const giveUp = async ({ ports, secret, token }: Pick<Rotation, 'ports' | 'secret' | 'token'>): Promise<RollReport> => {
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
 * Of the pending value nothing but its password can be of use, to change it back, and only if this function wrote it.
 * Everything else is what the tags and AWSCURRENT say.
 */
const returning = async (rotation: Rotation, version: SecretVersion): Promise<CredentialRotation> => {
  const { secret, token } = rotation;
  const current = await readCurrent(rotation);
  const stored = (await isOurs(rotation, version))
    ? parseValue(version.value, `secret ${secret.name}, version ${token}`)
    : current.value;
  const username = stored['username'] === current.value['username'] ? stored['username'] : undefined;
  const pending = await desiredValue(
    rotation,
    current.value,
    stored['password'],
    typeof username === 'string' ? username : undefined,
  );
  return credentialRotation(rotation, pending, current);
};
