/** Why a login is refused, as far as an admin can read it from the user, without a login as the user. */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { promisify } from 'node:util';
import { saslprep } from '@mongodb-js/saslprep';
import type { Document } from 'mongodb';
import type { Credential, LoginBarrier, UserInspection } from '../port.ts';
import { DatabaseError, EngineError } from '../errors.ts';
import { isUnsupported } from './classify.ts';
import { mostRounds } from './scram-limit.ts';
import { userDatabase, type Session } from './session.ts';
import type { MongoUser } from './users.ts';

export const inspect = async (session: Session, credential: Credential): Promise<UserInspection> => {
  const user = await withCredentials(session, credential.username);
  if (user === 'unreadable') return { password: 'unreadable' };
  if (user === undefined) return { password: 'no-such-user' };
  const answers = await Promise.all(mechanisms.map((mechanism) => matches(mechanism, user, credential)));
  const password = answers.includes(true) ? 'matches' : answers.includes(false) ? 'differs' : 'unreadable';
  const barrier = await barrierOf(session, user);
  return { password, ...(barrier && { barrier }) };
};

/** @throws EngineError `login-refused-otherwise` if the user may not log in from here: a change would remove what keeps it out, or could not be tried. */
export const refuseRestricted = async (session: Session, user: MongoUser | undefined): Promise<void> => {
  const barrier = user && (await barrierOf(session, user));
  if (!barrier) return;
  throw new EngineError(
    'login-refused-otherwise',
    `User "${user.username}" can't log in from here, and nothing was changed: ${barrier.detail}. Add this address to its authenticationRestrictions if it may`,
    { retryable: false },
  );
};

/** @throws EngineError `user-disabled` if somebody took all roles of a user whose equal has some: a rotation would give them back. */
export const refuseStripped = (user: MongoUser | undefined, model: MongoUser): void => {
  if (!user || user.roles.length > 0 || model.roles.length === 0) return;
  throw new EngineError(
    'user-disabled',
    `User "${user.username}" has no roles, unlike "${model.username}", and nothing was changed: a rotation would give them back. Find out who took them and why; if it may have them again, grant it one of them, then rotate`,
    { retryable: false },
  );
};

interface StoredCredential {
  readonly iterationCount: number;
  readonly salt: string;
  readonly storedKey: string;
}

const withCredentials = async (session: Session, username: string): Promise<Document | 'unreadable' | undefined> => {
  const which = { usersInfo: { user: username, db: userDatabase }, showCredentials: true };
  try {
    return await first(session, { ...which, showAuthenticationRestrictions: true });
  } catch (error) {
    if (isUnsupported(error) || (error instanceof DatabaseError && error.kind === 'privilege')) return 'unreadable';
    throw error;
  }
};

const first = async (session: Session, command: Document): Promise<Document | undefined> =>
  ((await session.query(command))['users'] as readonly Document[])[0];

interface Mechanism {
  readonly name: 'SCRAM-SHA-1' | 'SCRAM-SHA-256';
  readonly hash: 'sha1' | 'sha256';
  readonly bytes: number;
  readonly secret: (credential: Credential) => string;
}

const mechanisms: readonly Mechanism[] = [
  {
    name: 'SCRAM-SHA-1',
    hash: 'sha1',
    bytes: 20,
    secret: ({ username, password }) => createHash('md5').update(`${username}:mongo:${password}`).digest('hex'),
  },
  { name: 'SCRAM-SHA-256', hash: 'sha256', bytes: 32, secret: ({ password }) => prepared(password) },
];

/** A password that may not be one is that of no user. */
const prepared = (password: string): string => {
  try {
    return saslprep(password);
  } catch (error) {
    if (error instanceof Error) return password;
    throw error;
  }
};

const derive = promisify(pbkdf2);

/** RFC 5802. `undefined` if the user has no such credential, or one that is not computed. */
const matches = async (
  { name, hash, bytes, secret }: Mechanism,
  { credentials }: Document,
  credential: Credential,
): Promise<boolean | undefined> => {
  const stored = (credentials as Record<string, StoredCredential> | undefined)?.[name];
  if (!stored || !(stored.iterationCount <= mostRounds)) return undefined;
  const salt = Buffer.from(stored.salt, 'base64');
  const salted = await derive(secret(credential), salt, stored.iterationCount, bytes, hash);
  const key = createHash(hash).update(createHmac(hash, salted).update('Client Key').digest()).digest();
  const expected = Buffer.from(stored.storedKey, 'base64');
  return expected.length === key.length && timingSafeEqual(expected, key);
};

const barrierOf = async (
  session: Session,
  { authenticationRestrictions = [] }: Pick<MongoUser, 'authenticationRestrictions'> | Document,
): Promise<LoginBarrier | undefined> => {
  const restrictions = (authenticationRestrictions as readonly Restriction[]).flat();
  const sources = restrictions.map(({ clientSource }) => clientSource).filter((source) => source !== undefined);
  if (sources.length === 0) return undefined;
  const own = await ownAddress(session);
  if (own === undefined || sources.every((source) => admits(source, own))) return undefined;
  return {
    kind: 'host',
    detail: `it may log in from ${sources.flat().join(', ') || 'nowhere'} only, and this is ${own}`,
  };
};

interface Restriction {
  readonly clientSource?: readonly string[];
}

/** This function's address, as the server sees it. */
const ownAddress = async (session: Session): Promise<string | undefined> => {
  try {
    const { you } = await session.query({ whatsmyuri: 1 });
    const address = String(you)
      .replace(/:\d+$/, '')
      .replace(/^\[|\]$/g, '');
    return isIP(address) === 0 ? undefined : address;
  } catch (error) {
    if (isUnsupported(error) || (error instanceof DatabaseError && error.kind === 'privilege')) return undefined;
    throw error;
  }
};

/** Addresses and networks (CIDR). */
const admits = (sources: readonly string[], address: string): boolean => {
  const list = new BlockList();
  for (const source of sources) {
    const [net = '', bits] = source.split('/');
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(net) === 0) continue;
    if (bits === undefined) list.addAddress(net, family);
    else list.addSubnet(net, Number(bits), family);
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
};
