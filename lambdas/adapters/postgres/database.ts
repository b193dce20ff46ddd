/** PostgreSQL behind the `Database` port. */
import { escapeLiteral } from 'pg';
import { loginOf } from '../../rotation/admin.ts';
import type { Confirm, Database } from '../../rotation/ports.ts';
import { scramVerifier } from './scram-verifier.ts';
import { withSession, type Session, type SessionOptions } from './session.ts';
import { applyUserChange, checkUser } from './users.ts';

export const postgresDatabase = (options: SessionOptions): Database => ({
  engine: 'postgres',
  login: (address, credential) =>
    withSession(address, credential, options, async (session) => {
      await session.query('SELECT 1');
    }),
  changeOwnPassword: (address, credential, password, confirm) =>
    withSession(address, credential, options, (session) =>
      session.transaction(async () => {
        if (!(await locked(session, credential.username, confirm))) return 'withdrawn';
        const verifier = escapeLiteral(await scramVerifier(password));
        await session.query(`ALTER ROLE CURRENT_USER PASSWORD ${verifier}`);
        return 'changed';
      }),
    ),
  changeUser: (address, admin, change, confirm) =>
    withSession(address, loginOf(admin), options, (session) =>
      session.transaction(async () => {
        if (!(await locked(session, change.username, confirm))) return 'withdrawn';
        return applyUserChange(session, address.dbname, change);
      }),
    ),
  checkAdmin: (address, admin, task) =>
    withSession(address, loginOf(admin), options, async (session) => {
      await checkUser(session, task);
    }),
});

/**
 * One worker at a time changes a user: the lock ends with the transaction, also where the worker dies. Only under it is
 * the question worth asking whether the change is still wanted.
 */
const locked = async (session: Session, username: string, confirm: Confirm): Promise<boolean> => {
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`strongroom rotation of ${username}`]);
  return confirm();
};
