/** Why a login is refused, as far as an admin can read it from the user, without a login as the user. */
import { timingSafeEqual } from 'node:crypto';
import type { Credential, UserInspection } from '../port.ts';
import { DatabaseError, EngineError } from '../errors.ts';
import { hashOf, type AclUser } from './acl-user.ts';
import type { Session } from './session.ts';
import { readUser } from './user-store.ts';

export const inspect = async (session: Session, { username, password }: Credential): Promise<UserInspection> => {
  const user = await readable(session, username);
  if (user === 'unreadable') return { password: 'unreadable' };
  if (user === undefined) return { password: 'no-such-user' };
  const hash = Buffer.from(hashOf(password));
  const matches = user.nopass || user.hashes.some((stored) => timingSafeEqual(Buffer.from(stored), hash));
  return {
    password: matches ? 'matches' : 'differs',
    ...(!user.enabled && { barrier: { kind: 'disabled', detail: `user "${username}" is off` } }),
  };
};

/** @throws EngineError `user-disabled` if somebody turned the user off. */
export const refuseDisabled = (user: AclUser | undefined): void => {
  if (user === undefined || user.enabled) return;
  throw new EngineError(
    'user-disabled',
    `User "${user.name}" is off, and nothing was changed: a rotation does not turn users on. If it may log in again: ACL SETUSER ${user.name} on`,
    { retryable: false },
  );
};

const readable = async (session: Session, username: string): Promise<AclUser | 'unreadable' | undefined> => {
  try {
    return await readUser(session, username);
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'privilege') return 'unreadable';
    throw error;
  }
};
