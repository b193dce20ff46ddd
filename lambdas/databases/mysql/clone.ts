/** Makes a user the equal of another, host by host. */
import type { RevokedRight, UserClone, UserCloned } from '../port.ts';
import { accountName, newAccount, type Account } from './account.ts';
import type { Dialect } from './dialect.ts';
import type { Right } from './grant-lines.ts';
import { catalogRights, reconcileRights, rightsOf } from './grants.ts';
import { refuseDisabled } from './inspect.ts';
import { createAccount, setPassword } from './passwords.ts';
import type { Session } from './session.ts';
import { findUser, userMissing } from './users.ts';

/**
 * Nothing here can be undone, so the order makes every half harmless: an account is made with a password that nobody
 * knows, gets rights and settings, and last of all, together with all the others, its new password. Until
 * then the pending credential logs in nowhere.
 */
export const cloneAccounts = async (
  session: Session,
  dialect: Dialect,
  { from, to, password, grants, onRevoked }: UserClone,
): Promise<Exclude<UserCloned, 'withdrawn'>> => {
  const models = await findUser(session, dialect, from);
  if (models.length === 0) throw userMissing(from);
  const present = await findUser(session, dialect, to);
  await refuseDisabled(session, models);
  await refuseDisabled(session, present);
  const rights = grants && (await catalogRights(session, dialect, grants));

  const clones: Account[] = [];
  for (const model of models) {
    if (rights) await reconcileRights(session, model, rights, onRevoked);
    const wanted = rights ?? (await rightsOf(session, model));
    const clone = present.find(({ host }) => host === model.host) ?? (await createLike(session, dialect, model, to));
    await equalise(session, dialect, { clone, model, wanted, onRevoked });
    clones.push({ ...clone, methods: model.methods });
  }
  await dropOthers(session, present, models);
  await setPassword(session, dialect, clones, password);
  return present.length === 0 ? 'created' : 'reset';
};

const createLike = async (session: Session, dialect: Dialect, model: Account, username: string): Promise<Account> => {
  const account = newAccount({ username, host: model.host }, model.methods);
  await createAccount(session, dialect, account);
  return account;
};

interface Pair {
  readonly clone: Account;
  readonly model: Account;
  readonly wanted: readonly Right[];
  readonly onRevoked: UserClone['onRevoked'];
}

const equalise = async (
  session: Session,
  dialect: Dialect,
  { clone, model, wanted, onRevoked }: Pair,
): Promise<void> => {
  const name = accountName(clone);
  if (clone.settings !== model.settings) await session.change(`ALTER USER ${name} ${model.settings}`);
  // Locked with its model, and never unlocked: somebody may have locked it for a reason of their own.
  if (model.locked && !clone.locked) await session.change(`ALTER USER ${name} ACCOUNT LOCK`);
  await reconcileRights(session, clone, wanted, onRevoked);
  // A role that the catalog does not grant is gone from the model too, and with it what made it the default.
  const defaults = defaultRolesOf(model, wanted);
  if (defaults.join() !== clone.defaultRoles.join()) await session.change(dialect.setDefaultRoles(name, defaults));
  for (const right of lostDefaults(clone, defaults)) onRevoked?.(right);
};

/** The default roles of a model that go with these rights. */
export const defaultRolesOf = ({ defaultRoles }: Account, rights: readonly Right[]): readonly string[] =>
  defaultRoles.filter((role) => rights.some(({ kind, name }) => kind === 'role' && name === role));

/** A role that is not the default one is granted, and yet does nothing until a session asks for it. */
export const lostDefaults = (account: Account, defaults: readonly string[]): readonly RevokedRight[] =>
  account.defaultRoles
    .filter((role) => !defaults.includes(role))
    .map((role) => ({ username: account.username, privilege: 'default role', object: role }));

/** Accounts from hosts that the model may not come from. */
const dropOthers = async (session: Session, present: readonly Account[], models: readonly Account[]): Promise<void> => {
  const others = present.filter(({ host }) => !models.some((model) => model.host === host));
  if (others.length > 0) await session.change(`DROP USER ${others.map(accountName).join(', ')}`);
};
