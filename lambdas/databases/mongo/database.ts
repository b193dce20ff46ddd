/** MongoDB and DocumentDB behind the `Database` port. */
import { loginOf } from '../login-of.ts';
import type { AdminTask, Database, UserChange } from '../port.ts';
import { EngineError } from '../errors.ts';
import { applyClone } from './clone.ts';
import { inspect, refuseRestricted, refuseStripped } from './inspect.ts';
import { noticesFor } from './notices.ts';
import { requirePrivileges, type Requirement } from './privileges.ts';
import { applyRevocation } from './revoke.ts';
import { userDatabase, withSession, type Session, type SessionOptions } from './session.ts';
import { locks, withUserLocks } from './user-lock.ts';
import { findUser, getSelf, getUser, setPassword, type Role } from './users.ts';

export const mongoDatabase = (options: SessionOptions): Database => ({
  engine: 'mongo',
  login: (address, credential) =>
    withSession(address, credential, options, async (session) => {
      await session.query({ ping: 1 });
    }),
  changeOwnPassword: (address, credential, password, confirm) =>
    withSession(address, credential, options, (session) =>
      withUserLocks(session, [credential.username], options, confirm, async () => {
        await setPassword(session, await getSelf(session), password);
        return 'changed' as const;
      }),
    ),
  changeUser: (address, admin, change, confirm) =>
    withSession(address, loginOf(admin), options, async (session) => {
      refuseImpossible(change);
      return withUserLocks(session, [change.username], options, confirm, async () => {
        const user = await getUser(session, change.username);
        if (!change.resetPassword) return 'unchanged';
        await refuseRestricted(session, user);
        await setPassword(session, user, change.password);
        return 'reset';
      });
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
      refuseImpossible(clone);
      return withUserLocks(session, [clone.from, clone.to], options, confirm, () => applyClone(session, clone));
    }),
  revokeUser: (address, admin, revocation, confirm) =>
    withSession(address, loginOf(admin), options, (session) =>
      withUserLocks(session, [revocation.username], options, confirm, () => applyRevocation(session, revocation)),
    ),
});

const refuseImpossible = ({ keep, grants }: Pick<UserChange, 'keep' | 'grants'>): void => {
  if (keep === undefined && grants === undefined) return;
  const what =
    keep === undefined
      ? 'are not provisioned: leave "provision" out'
      : 'have one password: write "single-user" or "alternating-users"';
  throw new EngineError('strategy-impossible', `Users of MongoDB and DocumentDB ${what}`, { retryable: false });
};

const checkAdmin = async (session: Session, { username, strategy, grants, twin }: AdminTask): Promise<void> => {
  refuseImpossible({ ...(grants && { grants }) });
  if (strategy === 'admin') {
    await requirePrivileges(session, [
      ...ofLocks,
      ofUsers('change its password', 'changePassword', 'changeOwnPassword'),
    ]);
    return;
  }
  await requirePrivileges(session, [
    ofUsers('look users up', 'viewUser'),
    ofUsers('change passwords', 'changePassword'),
    ...ofLocks,
    ...(strategy === 'alternating-users' ? ofTwoUsers : []),
  ]);
  const user = await getUser(session, username);
  await refuseRestricted(session, user);
  const other = twin === undefined ? undefined : await findUser(session, twin);
  await refuseRestricted(session, other);
  refuseStripped(other, user);
  const { roles, authenticationRestrictions } = user;
  if (strategy !== 'alternating-users') return;
  await requirePrivileges(session, [
    ...(authenticationRestrictions
      ? [ofUsers('restrict from where users log in', 'setAuthenticationRestriction')]
      : []),
    ...roles.flatMap(givingAndTaking),
  ]);
};

const ofUsers = (purpose: string, ...actions: string[]): Requirement => ({
  actions,
  on: { db: userDatabase },
  for: purpose,
  role: `userAdmin on "${userDatabase}"`,
});

const ofLocks: readonly Requirement[] = ['find', 'insert', 'update', 'remove'].map((action) => ({
  actions: [action],
  on: { db: locks.database, collection: locks.collection },
  for: 'keep the locks of rotations',
  role: `readWrite on "${locks.database}"`,
}));

const ofTwoUsers: readonly Requirement[] = [
  ofUsers('create users', 'createUser'),
  ofUsers('drop users', 'dropUser'),
  ofUsers('copy what applications noted on a user', 'changeCustomData'),
  {
    actions: ['killAnySession'],
    on: { cluster: true },
    for: "end a user's operations",
    role: 'hostManager on "admin"',
  },
];

/** A role is given by who may do so in the role's own database. */
const givingAndTaking = ({ role, db }: Role): readonly Requirement[] =>
  ['grantRole', 'revokeRole'].map((action) => ({
    actions: [action],
    on: { db },
    for: `copy the role "${role}" of "${db}"`,
    role: `userAdmin on "${db}"`,
  }));
