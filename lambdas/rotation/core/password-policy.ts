/** What the server demands of a new password, asked before one is generated. */
import { loginOf } from '../../databases/login-of.ts';
import { readAdmin } from './admin.ts';
import type { DatabaseAddress, PasswordPolicy } from '../../databases/port.ts';
import type { Rotation } from './rotation.ts';
import { isAuthFailure } from '../../databases/errors.ts';
import { isText, type CompleteValue, type StoredValue } from './secret-value.ts';

interface Asked {
  readonly current: StoredValue;
  /** As {@link desiredValue} gives it, with any password. */
  readonly value: CompleteValue;
  readonly address: DatabaseAddress;
}

/**
 * One login, as the admin where one is declared, otherwise with AWSCURRENT, which logs in unless something is wrong
 * already. If it does not, setSecret has other credentials to try, and the policy is unknown.
 *
 * @throws DatabaseError; RotationError those of {@link readAdmin}.
 */
export const readPolicy = async (
  rotation: Rotation,
  { current: { username, password }, value, address }: Asked,
): Promise<PasswordPolicy | undefined> => {
  const { passwordPolicy } = rotation.ports.database;
  if (!passwordPolicy) return undefined;
  const admin = await readAdmin(rotation, value);
  const own = isText(username) && isText(password) ? { username, password } : undefined;
  const login = admin ? loginOf(admin) : own;
  if (!login) return undefined;
  try {
    return await passwordPolicy(address, login);
  } catch (error) {
    if (!admin && isAuthFailure(error)) return undefined;
    throw error;
  }
};
