/** The users of a server: looking them up, giving them a password, telling whose they are. */
import type { Document } from 'mongodb';
import { DatabaseError, EngineError } from '../errors.ts';
import { isUnsupported } from './classify.ts';
import { rulesUsers, type Privilege } from './privileges.ts';
import { userDatabase, type Session } from './session.ts';

export interface Role {
  readonly role: string;
  readonly db: string;
}

/** What makes a user, but for its name and its password. Fields that a server does not know are absent. */
export interface UserDefinition {
  readonly roles: readonly Role[];
  readonly customData?: Document;
  readonly mechanisms?: readonly string[];
  readonly authenticationRestrictions?: readonly Document[];
}

export interface MongoUser extends UserDefinition {
  readonly username: string;
}

/**
 * `undefined` if there is none.
 *
 * @throws EngineError `user-reserved` for the admin itself and for users who rule others.
 */
export const findUser = async (session: Session, username: string): Promise<MongoUser | undefined> => {
  if (username === session.username) throw reserved(username, 'the admin itself');
  const found = await describeUser(session, username);
  if (!found) return undefined;
  if (rules(found)) throw reserved(username, 'one who rules the server or its users');
  return definitionOf(found, username);
};

/** @throws EngineError `user-missing`, `user-reserved`. */
export const getUser = async (session: Session, username: string): Promise<MongoUser> => {
  const found = await findUser(session, username);
  if (found) return found;
  const elsewhere = await namesakes(session, username);
  const where = elsewhere.map((database) => `"${database}"`).join(', ');
  throw new EngineError(
    'user-missing',
    elsewhere.length === 0
      ? `User "${username}" does not exist in the database "${userDatabase}": create it there`
      : `User "${username}" is a user of ${where}, and a rotation changes users of the database "${userDatabase}": create it there with the same roles and a password of its own, let the application log in with authSource=${userDatabase} and put that value, then rotate`,
    { retryable: false },
  );
};

/** Other databases that have a user of this name, with a password of its own; none where the session may not look. */
export const namesakes = async (session: Session, username: string): Promise<readonly string[]> => {
  try {
    const reply = await session.query({ usersInfo: { forAllDBs: true } });
    const users = reply['users'] as readonly { readonly user: string; readonly db: string }[];
    const others = users.filter(({ user, db }) => user === username && db !== userDatabase);
    return [...new Set(others.map(({ db }) => db))].sort();
  } catch (error) {
    if (isUnsupported(error) || (error instanceof DatabaseError && error.kind === 'privilege')) return [];
    throw error;
  }
};

/** The user that the session itself is; a server that does not say how it logs in lets the server choose. */
export const getSelf = async (session: Session): Promise<MongoUser> => {
  const found = await describeUser(session, session.username);
  return found ? definitionOf(found, session.username) : { username: session.username, roles: [] };
};

/**
 * The ways of logging in stay those that the user has: a server that is not told gives it all that it knows, the weaker
 * one too.
 */
export const setPassword = async (
  session: Session,
  { username, mechanisms }: MongoUser,
  password: string,
): Promise<void> => {
  await session.change({ updateUser: username, pwd: password, ...(mechanisms && { mechanisms }) });
};

export const createUser = async (
  session: Session,
  username: string,
  password: string,
  { roles, customData, mechanisms, authenticationRestrictions }: UserDefinition,
): Promise<void> => {
  await session.change({
    createUser: username,
    pwd: password,
    roles,
    ...(customData && { customData }),
    ...(mechanisms && { mechanisms }),
    ...(authenticationRestrictions && { authenticationRestrictions }),
  });
};

interface UserDocument extends UserDefinition {
  readonly inheritedRoles?: readonly Role[];
  readonly inheritedPrivileges?: readonly Privilege[];
}

/** With what its roles come to, and where it may log in from, as far as the server shows it: DocumentDB may not. */
const describeUser = async (session: Session, username: string): Promise<UserDocument | undefined> => {
  const which = { usersInfo: { user: username, db: userDatabase } };
  let reply;
  try {
    reply = await session.query({ ...which, showPrivileges: true, showAuthenticationRestrictions: true });
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    reply = await session.query(which);
  }
  return (reply['users'] as readonly UserDocument[])[0];
};

const definitionOf = (
  { roles, customData, mechanisms, authenticationRestrictions }: UserDocument,
  username: string,
): MongoUser => ({
  username,
  roles: roles.map(({ role, db }) => ({ role, db })),
  ...(customData && { customData }),
  ...(mechanisms && mechanisms.length > 0 && { mechanisms }),
  ...(authenticationRestrictions && authenticationRestrictions.length > 0 && { authenticationRestrictions }),
});

/** Built-in roles with which a user can make itself anything; `restore` writes the users' collection. */
const ruling: ReadonlySet<string> = new Set([
  'root',
  '__system',
  'userAdminAnyDatabase',
  'userAdmin',
  'dbOwner',
  'restore',
]);

const rules = ({ roles, inheritedRoles = [], inheritedPrivileges = [] }: UserDocument): boolean =>
  [...roles, ...inheritedRoles].some(({ role, db }) => db === userDatabase && ruling.has(role)) ||
  rulesUsers(inheritedPrivileges);

const reserved = (username: string, what: string): EngineError =>
  new EngineError('user-reserved', `User "${username}" is ${what}: name an application's own user`, {
    retryable: false,
  });
