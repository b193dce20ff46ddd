/** Engines that know no admin but one who logs in. */
import { EngineError } from './errors.ts';
import type { Admin, Credential } from './port.ts';

/**
 * The credential of an admin who logs in, for engines that know no other.
 *
 * @throws EngineError `admin-missing` for the function's role, which no database server knows.
 */
export const loginOf = (admin: Admin): Credential => {
  if (admin !== 'function-role') return admin;
  throw new EngineError('admin-missing', 'This engine needs an admin user who logs in: declare one', {
    retryable: false,
  });
};
