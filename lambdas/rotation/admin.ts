/** Who changes users. */
import type { Admin, Credential } from './ports.ts';
import { RotationError } from './rotation-error.ts';

/**
 * The credential of an admin who logs in, for engines that know no other.
 *
 * @throws RotationError `admin-missing` for the function's role, which no database server knows.
 */
export const loginOf = (admin: Admin): Credential => {
  if (admin !== 'function-role') return admin;
  throw new RotationError('admin-missing', 'This engine needs an admin user who logs in: declare one', {
    retryable: false,
  });
};
