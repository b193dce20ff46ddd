/** Finds passwords and users that are valid next to those of the secret, and that no rotation ends. Changes nothing. */
import { secretTag } from '../../../lib/contract/index.ts';
import { readAdmin } from '../core/admin.ts';
import { desiredValue } from '../core/desired-value.ts';
import type { RotationPorts, SecretDescription } from '../core/ports.ts';
import { readCurrent } from '../core/rotation.ts';
import { addressOf } from '../core/secret-value.ts';
import { pendingElsewhere } from '../core/stages.ts';
import { taskOf } from '../steps/configuration.ts';
import { remainingUser } from './remaining-user.ts';
import { withSettings } from '../steps/open-rotation.ts';
import type { Notice } from '../../databases/port.ts';

/** An hour after each day since the last rotation: each look reads two secrets, and the audit has both. */
export const maySearch = ({ stages, tags, lastRotatedAt }: SecretDescription, now: Date): boolean => {
  if (tags[secretTag.admin] === undefined || pendingElsewhere(stages) !== undefined) return false;
  const hours = Math.floor((now.getTime() - (lastRotatedAt?.getTime() ?? 0)) / hourMs);
  return hours % hoursPerDay === 1;
};

/**
 * Only an admin sees them.
 *
 * @throws RotationError as a rotation does.
 */
export const surplusCredentials = async (
  listed: SecretDescription,
  ports: RotationPorts,
  environment: string,
): Promise<readonly Notice[]> => {
  const opened = withSettings(listed, ports, environment, () => undefined);
  const { value: current } = await readCurrent(opened);
  const value = await desiredValue(opened, current, current['password']);
  const admin = await readAdmin(opened, value);
  if (!admin) return [];
  const address = await addressOf(value, `secret ${listed.name}`, opened);
  const remaining = await remainingUser(opened);
  if (ports.database.discardPassword === undefined) return remaining;
  const notices = await ports.database.checkAdmin(address, admin, taskOf(opened, current, value));
  return [...notices.filter(({ code }) => code === 'second-password'), ...remaining];
};

const hourMs = 3_600_000;
const hoursPerDay = 24;
