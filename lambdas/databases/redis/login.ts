/** Proves that a credential is accepted. */
import type { Credential, DatabaseAddress } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import { withSession, type SessionOptions } from './session.ts';

/** @throws DatabaseError */
export const redisLogin = (address: DatabaseAddress, credential: Credential, options: SessionOptions): Promise<void> =>
  withSession(address, credential, options, async (session) => {
    try {
      await session.run(['PING']);
    } catch (error) {
      // A user who may not even PING has logged in all the same.
      if (!(error instanceof DatabaseError && error.kind === 'privilege')) throw error;
    }
  });
