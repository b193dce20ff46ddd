/** The strategies by name. */
import type { RotationStrategy } from '../../../lib/contract/index.ts';
import { admin } from './admin.ts';
import { alternatingUsers } from './alternating-users.ts';
import { dualPassword } from './dual-password.ts';
import { singleUser } from './single-user.ts';
import type { Strategy } from '../core/strategy.ts';

export const strategies: Readonly<Record<RotationStrategy, Strategy>> = {
  'single-user': singleUser,
  'alternating-users': alternatingUsers,
  'dual-password': dualPassword,
  admin,
};
