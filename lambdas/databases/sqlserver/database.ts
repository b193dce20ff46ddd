/** SQL Server behind the `Database` port. */
import { loginOf } from '../login-of.ts';
import type { AdminTask, Database, Notice, UserChange } from '../port.ts';
import { EngineError } from '../errors.ts';
import { applyClone } from './clone.ts';
import { inspect, refuseDisabled } from './inspect.ts';
import { lockLogins } from './lock.ts';
import { findLogin, getLogin, refuseContained, requirePermissions, setOwnPassword, setPassword } from './logins.ts';
import { applyRevocation } from './revoke.ts';
import { excessRights } from './rights.ts';
import { withSession, type Session, type SessionOptions } from './session.ts';

export const sqlServerDatabase = (options: SessionOptions): Database => ({
  engine: 'sqlserver',
  login: (address, credential) =>
    withSession(address, credential, options, async (session) => {
      await session.query('SELECT 1 AS one');
    }),
  changeOwnPassword: (address, credential, password, confirm) =>
    withSession(address, credential, options, async (session) => {
      if (!(await lockLogins(session, [credential.username], confirm))) return 'withdrawn';
      await refuseContained(session, credential.username);
      await setOwnPassword(session, credential, password);
      return 'changed';
    }),
  changeUser: (address, admin, change, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      refuseImpossible(change);
      if (!(await lockLogins(session, [change.username], confirm))) return 'withdrawn';
      await refuseContained(session, change.username);
      const login = await getLogin(session, change.username);
      if (!change.resetPassword) return 'unchanged';
      refuseDisabled(login);
      await setPassword(session, change);
      return 'reset';
    }),
  checkAdmin: (address, admin, task) =>
    withSession(address, loginOf(admin), options, async (session) => {
      await checkAdmin(session, task);
      return noticesFor(session, task);
    }),
  inspectUser: (address, admin, credential) =>
    withSession(address, loginOf(admin), options, (session) => inspect(session, credential)),
  cloneUser: (address, admin, clone, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      if (!(await lockLogins(session, [clone.from, clone.to], confirm))) return 'withdrawn';
      for (const login of [clone.from, clone.to]) await refuseContained(session, login);
      return applyClone(session, clone);
    }),
  revokeUser: (address, admin, revocation, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      if (!(await lockLogins(session, [revocation.username], confirm))) return 'withdrawn';
      return applyRevocation(session, revocation, options.deadline);
    }),
});

const refuseImpossible = ({ keep, grants }: Pick<UserChange, 'keep' | 'grants'>): void => {
  if (keep === undefined && grants === undefined) return;
  const what =
    keep === undefined
      ? 'are not provisioned: leave "provision" out'
      : 'have one password: write "single-user" or "alternating-users"';
  throw new EngineError('strategy-impossible', `SQL Server logins ${what}`, { retryable: false });
};

const checkAdmin = async (session: Session, { username, strategy, grants, twin }: AdminTask): Promise<void> => {
  refuseImpossible({ ...(grants && { grants }) });
  await requirePermissions(session, [
    { on: 'SERVER', permission: 'ALTER ANY LOGIN', for: 'change logins' },
    ...(strategy === 'alternating-users'
      ? ([
          { on: 'SERVER', permission: 'ALTER ANY CONNECTION', for: 'end the sessions of a login' },
          { on: 'SERVER', permission: 'VIEW SERVER STATE', for: 'see the sessions of a login' },
          { on: 'DATABASE', permission: 'CONTROL', for: 'copy the rights of a user' },
        ] as const)
      : []),
  ]);
  // The admin's own password: that it logs in is enough.
  if (strategy === 'admin') return;
  for (const login of twin === undefined ? [username] : [username, twin]) await refuseContained(session, login);
  refuseDisabled(await getLogin(session, username));
  if (twin !== undefined) refuseDisabled(await findLogin(session, twin));
};

const noticesFor = async (session: Session, { username, twin }: AdminTask): Promise<readonly Notice[]> => {
  if (twin === undefined || !(await findLogin(session, twin))) return [];
  const lost = await excessRights(session, { from: username, to: twin });
  return lost.map(({ privilege, object }) => ({
    code: 'right-revoked',
    message: `The rotation will take ${privilege} on ${object} from "${twin}", since "${username}" does not have it: grant it to that login if it is needed`,
  }));
};
