/** `admin`: the master user of a server. RDS sets its password where RDS runs the server; elsewhere the user does. */
import type { Confirm } from '../../databases/port.ts';
import type { Instance, InstanceId } from '../core/ports.ts';
import { retrying } from '../../runtime/retry.ts';
import { RotationError } from '../core/rotation-error.ts';
import { whilePending } from '../core/rotation.ts';
import { currentCredential, logsIn, pendingLogsIn } from './credentials.ts';
import { pendingRefused, restoreCurrent, returnToCurrent } from './put-back.ts';
import { changeAsUser } from './single-user.ts';
import { refuseOtherUser } from './through-admin.ts';
import { sameUser, type CredentialRotation, type SetOutcome, type Strategy } from '../core/strategy.ts';

export const admin: Strategy = {
  ...sameUser,
  name: 'admin',
  hasGrace: false,
  // No admin is there to look: it is one itself.
  neededLogins: () => [],
  set: (rotation) => {
    const id = instanceOf(rotation);
    // A user changes its own password only, and what is promoted must be of the user that it names.
    if (!id) refuseOtherUser(rotation);
    return id ? setThroughRds(rotation, id) : changeAsUser(rotation);
  },
  restore: async (rotation, refusal) => {
    const id = instanceOf(rotation);
    if (!id) return restoreCurrent(rotation, refusal);
    if (rotation.current['username'] !== rotation.pending.username) {
      throw pendingRefused(rotation, 'there is no earlier password to return to', refusal);
    }
    await settled(rotation, id);
    if (await logsIn(rotation, currentCredential(rotation))) {
      throw pendingRefused(rotation, 'the current one logs in and stays in use', refusal);
    }
    // RDS has no lock under which to ask: a look right before spares what another worker has set meanwhile.
    if (await pendingLogsIn(rotation)) throw pendingRefused(rotation, 'another worker set it meanwhile', refusal);
    await putBackThroughRds(rotation, id, whilePending(rotation));
    throw pendingRefused(rotation, 'the current one was put back', refusal);
  },
  returnToCurrent: async (rotation, confirm) => {
    const id = instanceOf(rotation);
    if (!id) return returnToCurrent(rotation, confirm);
    await settled(rotation, id);
    if (!(await logsIn(rotation, currentCredential(rotation)))) await putBackThroughRds(rotation, id, confirm);
  },
};

/**
 * Refuses what RDS would undo or never do.
 *
 * @throws RotationError `admin-managed-by-rds`, `strategy-impossible`.
 */
export const refuseForeignMaster = (
  { masterSecretArn, masterUsername }: Instance,
  username: string,
  name: string,
): void => {
  if (masterSecretArn !== undefined) {
    throw new RotationError(
      'admin-managed-by-rds',
      `Secret ${name}: RDS rotates this master credential itself, in ${masterSecretArn}; use that secret, or turn ManageMasterUserPassword off`,
      { retryable: false },
    );
  }
  if (masterUsername === undefined || masterUsername === username) return;
  throw new RotationError(
    'strategy-impossible',
    `Secret ${name}: user "${username}" is not the master user, which is "${masterUsername}"; name that one, or choose another strategy`,
    { retryable: false },
  );
};

const instanceOf = ({ settings: { host } }: CredentialRotation): InstanceId | undefined =>
  host && !('name' in host) ? host : undefined;

/**
 * The current credential first, as everywhere: if it logs in, nothing was set yet, and the server is the right one.
 * A password that is on its way already is most likely this one, of a try before.
 */
const setThroughRds = async (rotation: CredentialRotation, id: InstanceId): Promise<SetOutcome> => {
  const { ports, pending, current, secret } = rotation;
  const instance = await ports.instances.describe(id);
  refuseForeignMaster(instance, pending.username, secret.name);
  if (instance.masterPasswordPending) {
    await settled(rotation, id);
    if (await pendingLogsIn(rotation)) return 'already-set';
  } else if (current['username'] !== undefined) {
    const unset = current['password'] !== pending.password && (await logsIn(rotation, currentCredential(rotation)));
    if (!unset && (await pendingLogsIn(rotation))) return 'already-set';
  }
  // RDS has no lock to hold: right before the change is the last moment to ask.
  if (!(await whilePending(rotation)())) return 'already-finished';
  await ports.instances.setMasterPassword(id, pending.password);
  await settled(rotation, id);
  return 'set-by-rds';
};

const putBackThroughRds = async (rotation: CredentialRotation, id: InstanceId, confirm: Confirm): Promise<void> => {
  if (!(await confirm())) return;
  await rotation.ports.instances.setMasterPassword(id, currentCredential(rotation).password);
  await settled(rotation, id);
};

/** Waits until no new master password is on its way. */
const settled = async ({ ports, secret }: CredentialRotation, id: InstanceId): Promise<void> => {
  const { masterPasswordPending } = await retrying(() => ports.instances.describe(id), {
    clock: ports.clock,
    afterResult: (instance) => instance.masterPasswordPending,
  });
  if (!masterPasswordPending) return;
  throw new RotationError(
    'master-password-pending',
    `Secret ${secret.name}: RDS is still setting a new master password; a retry continues from here`,
    { retryable: true },
  );
};
