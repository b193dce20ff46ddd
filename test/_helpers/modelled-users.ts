/** The users of the `DatabaseModel`, what they own, and the changes of them as plans: effects, one after the other. */
import type {
  LoginBarrier,
  PasswordDiscard,
  RevokedRight,
  UserChange,
  UserClone,
  UserRevocation,
} from '../../lambdas/databases/port.ts';
import { DatabaseError, EngineError } from '../../lambdas/databases/errors.ts';
import { formatGrants, type Grants } from '../../lib/contract/index.ts';

export interface ModelledUser {
  /** Those that are valid, newest first. */
  readonly passwords: readonly string[];
  /** As `formatGrants` writes them. */
  readonly grants: string;
  /** Memberships, settings and limits: whatever two equal users have in common, as words. */
  readonly roles: ReadonlySet<string>;
  /** Can't log in, whatever the password: our own revocation blocked it, and marked that. */
  readonly blocked: boolean;
  /** Can't log in, whatever the password: someone else wanted it so. */
  readonly barrier?: LoginBarrier;
  readonly sessions: number;
  /** May change other users; no application's. */
  readonly createsRoles: boolean;
  /** Version id of the last password that was set beside another, in engines which can't compare passwords. */
  readonly mark?: string;
}

/** What a change comes to: its outcome, and the effects that make it, in order. */
export interface Plan<Outcome> {
  readonly outcome: Outcome;
  readonly effects: readonly (() => void)[];
  /** What the effects take away. */
  readonly revoked?: readonly RevokedRight[];
}

/** Where two users take turns, what they own belongs to a role that both are in. */
export const commonOwner = (username: string): string => `${username.replace(/_clone$/, '')}_owner`;

export class ModelledUsers {
  readonly schemas = new Set(['public']);
  /** Owner by object. */
  readonly owners = new Map<string, string>();
  /** Users whose sessions do not end. */
  readonly clinging = new Set<string>();
  /** The engine can't say whether a password is the one that a user has. */
  readonly #marking: boolean;
  #users: ReadonlyMap<string, ModelledUser> = new Map();

  constructor({ marking }: { readonly marking: boolean }) {
    this.#marking = marking;
  }

  /** As they are now; another map after each change. */
  get all(): ReadonlyMap<string, ModelledUser> {
    return this.#users;
  }

  add(username: string, user: Partial<ModelledUser>): void {
    this.#set(username, newUser(user));
  }

  setPassword(username: string, password: string): void {
    this.#update(username, (user) => withPassword(user, password));
  }

  openSession(username: string): void {
    this.#update(username, (user) => ({ ...user, sessions: user.sessions + 1 }));
  }

  planOwnPassword(username: string, password: string): Plan<'changed'> {
    return {
      outcome: 'changed',
      effects: [
        () => {
          this.setPassword(username, password);
        },
      ],
    };
  }

  /** @param admin - `undefined` where an API changes users. */
  planChange(admin: string | undefined, change: UserChange): Plan<'created' | 'reset' | 'unchanged'> {
    const { username, password, resetPassword, grants, keep, version } = change;
    const user = this.find(admin, username, grants);
    refuseDisabled(username, user);
    this.needSchemas(grants);
    if (!user) {
      const create = () => {
        this.#set(username, withGrants(newUser({ passwords: [password] }), grants));
      };
      return { outcome: 'created', effects: [create] };
    }
    const rights = () => {
      this.#update(username, (now) => withGrants(now, grants));
    };
    const revoked = grants ? lostGrants(username, user, formatGrants(grants)) : [];
    if (!resetPassword || (keep !== undefined && this.#isDone(user, change))) {
      return { outcome: 'unchanged', effects: grants ? [rights] : [], revoked };
    }
    const reset = () => {
      this.#update(username, (now) => ({
        ...withPassword(now, password, keep),
        ...(this.#marking && { mark: version }),
      }));
    };
    return { outcome: 'reset', effects: grants ? [rights, reset] : [reset], revoked };
  }

  planClone(admin: string | undefined, { from, to, password, grants }: UserClone): Plan<'created' | 'reset'> {
    const source = this.find(admin, from);
    const target = this.find(admin, to, {});
    if (!source) throw missing(from);
    refuseDisabled(from, source);
    refuseDisabled(to, target);
    this.needSchemas(grants);
    const owner = commonOwner(from);
    const equal = () => {
      this.#update(from, (user) => withGrants({ ...user, roles: new Set([...user.roles, owner]) }, grants));
      // Nobody can log in as a half of a user.
      const { barrier, ...known } = this.#users.get(to) ?? newUser({ blocked: true });
      const keptOut = barrier && staysOnEqual.includes(barrier.kind);
      const rights = this.#users.get(from) ?? source;
      this.#set(to, {
        ...known,
        grants: rights.grants,
        roles: new Set(rights.roles),
        ...(keptOut && { barrier }),
      });
      for (const [object, name] of this.owners) if (name === from || name === to) this.owners.set(object, owner);
    };
    const give = () => {
      this.#update(to, (user) => withPassword(user, password));
    };
    const wanted = grants ? formatGrants(grants) : source.grants;
    const revoked = [
      ...lostGrants(from, source, wanted),
      ...(target ? [...lostGrants(to, target, wanted), ...lostRoles(to, target, [...source.roles, owner])] : []),
    ];
    return { outcome: target ? 'reset' : 'created', effects: [equal, give], revoked };
  }

  /** The role that owns for both gets what either made. */
  planSettling(both: readonly string[]): Plan<'settled' | 'nothing'> {
    const owner = commonOwner(both[0] ?? '');
    const isThere = both.some((name) => this.#users.get(name)?.roles.has(owner));
    if (!isThere) return { outcome: 'nothing', effects: [] };
    const settle = () => {
      for (const [object, name] of this.owners) if (both.includes(name)) this.owners.set(object, owner);
    };
    return { outcome: 'settled', effects: [settle] };
  }

  planDiscard(admin: string | undefined, { username, keep, ends }: PasswordDiscard): Plan<'discarded' | 'nothing'> {
    const user = this.find(admin, username, {});
    if (ends !== undefined && !(user?.passwords.includes(keep) && user.passwords.includes(ends))) {
      return { outcome: 'nothing', effects: [] };
    }
    const discard = () => {
      const left = (passwords: readonly string[]) =>
        ends === undefined ? [keep] : passwords.filter((one) => one !== ends);
      this.#update(username, (now) => ({ ...now, passwords: left(now.passwords) }));
    };
    return { outcome: 'discarded', effects: user ? [discard] : [] };
  }

  planRevocation(admin: string | undefined, { username, then, heir }: UserRevocation): Plan<'revoked' | 'absent'> {
    if (!this.find(admin, username, {})) return { outcome: 'absent', effects: [] };
    const block = () => {
      this.#update(username, (user) => ({ ...user, blocked: true }));
    };
    const endSessions = () => {
      if (this.clinging.has(username)) {
        throw new EngineError('sessions-remain', `Sessions of "${username}" do not end`, { retryable: true });
      }
      this.#update(username, (user) => ({ ...user, sessions: 0 }));
    };
    const bequeath = () => {
      for (const [object, owner] of this.owners) if (owner === username) this.owners.set(object, heir);
    };
    const drop = () => {
      this.#set(username, undefined);
    };
    return {
      outcome: 'revoked',
      effects: then === 'drop' ? [block, endSessions, bequeath, drop] : [block, endSessions],
    };
  }

  /** Whether a change beside another password has been made already, as far as the engine can tell. */
  #isDone({ mark, passwords }: ModelledUser, { version, password, keep }: UserChange): boolean {
    if (this.#marking) return mark === version;
    return passwords[0] === password && (passwords[1] ?? password) === keep;
  }

  /** The user that an admin is about to change; one who does not exist is fine where it is to be created. */
  find(admin: string | undefined, username: string, grants?: Grants): ModelledUser | undefined {
    this.needAdmin(admin);
    const user = this.#users.get(username);
    if (user?.createsRoles) {
      throw new EngineError('user-reserved', `User "${username}" is no application's`, { retryable: false });
    }
    if (!user && !grants) throw missing(username);
    return user;
  }

  needAdmin(admin: string | undefined): void {
    if (admin === undefined || this.#users.get(admin)?.createsRoles) return;
    throw new DatabaseError('privilege', `The admin "${admin}" may not change users`, { retryable: false });
  }

  needSchemas(grants: Grants = {}): void {
    for (const schema of Object.keys(grants)) {
      if (this.schemas.has(schema)) continue;
      throw new EngineError('schema-missing', `There is no schema "${schema}"`, { retryable: false });
    }
  }

  #update(username: string, change: (user: ModelledUser) => ModelledUser): void {
    const user = this.#users.get(username);
    if (user) this.#set(username, change(user));
  }

  #set(username: string, user: ModelledUser | undefined): void {
    const others = [...this.#users].filter(([name]) => name !== username);
    this.#users = new Map(user ? [...others, [username, user]] : others);
  }
}

/** Hosts, certificates and expiry are made equal; what somebody did on purpose, and sessions that are open, stay. */
const staysOnEqual: readonly LoginBarrier['kind'][] = ['disabled', 'limit', 'policy'];

const newUser = (user: Partial<ModelledUser>): ModelledUser => ({
  passwords: [],
  grants: '',
  roles: new Set(),
  blocked: false,
  sessions: 0,
  createsRoles: false,
  ...user,
});

/** A new password alone, or beside the one that is kept; whoever was blocked can log in again. */
const withPassword = (user: ModelledUser, password: string, keep = password): ModelledUser => ({
  ...user,
  blocked: false,
  passwords: keep === password ? [password] : [password, keep],
});

const refuseDisabled = (username: string, user: ModelledUser | undefined): void => {
  if (user?.barrier?.kind !== 'disabled') return;
  throw new EngineError('user-disabled', `User "${username}" is disabled`, { retryable: false });
};

const lostGrants = (username: string, { grants }: ModelledUser, wanted: string): readonly RevokedRight[] => {
  const kept = wanted.split(' ');
  return grants
    .split(' ')
    .filter((grant) => grant !== '' && !kept.includes(grant))
    .map((grant) => ({
      username,
      privilege: grant.split('=')[1] ?? '',
      object: `schema ${grant.split('=')[0] ?? ''}`,
    }));
};

const lostRoles = (username: string, { roles }: ModelledUser, wanted: readonly string[]): readonly RevokedRight[] =>
  [...roles].filter((role) => !wanted.includes(role)).map((object) => ({ username, privilege: 'member of', object }));

const withGrants = (user: ModelledUser, grants: Grants | undefined): ModelledUser => ({
  ...user,
  ...(grants && { grants: formatGrants(grants) }),
});

const missing = (username: string): EngineError =>
  new EngineError('user-missing', `User "${username}" does not exist`, { retryable: false });
