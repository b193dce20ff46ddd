/** Gives users passwords, as verifiers: the password itself never travels in a statement. */
import pg, { escapeIdentifier, escapeLiteral } from 'pg';
import { DatabaseError, EngineError } from '../errors.ts';
import { scramVerifier } from './scram-verifier.ts';
import type { Session } from './session/session.ts';

export const createUser = (session: Session, username: string, password: string): Promise<void> =>
  accepted(session, username, password, (verifier) => [
    `CREATE ROLE ${escapeIdentifier(username)} LOGIN PASSWORD ${verifier}`,
  ]);

/** @param also - what is to happen in the same moment, such as taking a block back. */
export const setPassword = (
  session: Session,
  username: string,
  password: string,
  also: readonly string[] = [],
): Promise<void> =>
  accepted(session, username, password, (verifier) => [
    `ALTER ROLE ${escapeIdentifier(username)} PASSWORD ${verifier}`,
    ...also,
  ]);

const accepted = async (
  session: Session,
  username: string,
  password: string,
  statements: (verifier: string) => readonly string[],
): Promise<void> => {
  const verifier = escapeLiteral(await scramVerifier(password));
  try {
    await session.run(statements(verifier));
  } catch (error) {
    if (!isRefusedPassword(error)) throw error;
    throw new EngineError(
      'password-refused',
      `The server's password check refused the new password of "${username}": ${error.message}. Strongroom sends a SCRAM-SHA-256 verifier, whose content no check can read, and never the password itself: let the check take verifiers (credcheck.encrypted_password_allowed = on), or exempt this user`,
      { retryable: false, cause: error },
    );
  }
};

/** What checks answer with: a value that is not valid, a password that is refused, something that is not supported. */
const refusals: ReadonlySet<string> = new Set(['22023', '28P01', '28000', '0A000']);

const isRefusedPassword = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && error.cause instanceof pg.DatabaseError && refusals.has(error.cause.code ?? '');
