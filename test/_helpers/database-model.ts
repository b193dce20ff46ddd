/**
 * A database server in memory: users, passwords, rights, owned objects, sessions, locks, replicas that lag. It takes the
 * manners of the engine that it is asked to be; `database-contract.ts` holds it to the same as the real ones.
 */
import { timingSafeEqual } from 'node:crypto';
import type {
  Admin,
  Confirm,
  Credential,
  Database,
  DatabaseAddress,
  LoginBarrier,
  Notice,
  PasswordPolicy,
  RevokedRight,
  UserInspection,
} from '../../lambdas/databases/port.ts';
import { DatabaseError, EngineError } from '../../lambdas/databases/errors.ts';
import { engineFacts, type DatabaseEngine } from '../../lib/contract/index.ts';
import { undisturbed, type Interleaving } from './interleaving.ts';
import { ModelledUsers, type ModelledUser, type Plan } from './modelled-users.ts';

export interface DatabaseModelOptions {
  /** @default 'postgres' */
  readonly engine?: DatabaseEngine;
}

export interface NewUser {
  /** A second valid password. */
  readonly alsoValid?: string;
  readonly createsRoles?: boolean;
  readonly roles?: readonly string[];
  readonly owns?: readonly string[];
  readonly sessions?: number;
}

interface Replica {
  readonly lag: number;
  /** Logins for which it still shows {@link seen}. */
  behind: number;
  seen: ReadonlyMap<string, ModelledUser>;
}

/** Engines whose changes of users are transactions; elsewhere each effect stands alone, and a crash leaves a half. */
const transactional: readonly DatabaseEngine[] = ['postgres', 'sqlserver'];
/** Engines whose policy for passwords can be read. */
export const readsPolicy = (engine: DatabaseEngine): boolean => engine === 'mysql' || engine === 'mariadb';
const marking: readonly DatabaseEngine[] = ['mysql'];

export class DatabaseModel {
  readonly engine: DatabaseEngine;
  /** Failed logins since the start. */
  failedLogins = 0;
  logins = 0;
  /** What every login is answered with, where the server has a fault. */
  fault: EngineError | undefined;
  /** Whether admins may read the hashes of passwords. */
  hashesReadable = true;
  /** What the server demands of passwords; one that holds less is refused. */
  policy: PasswordPolicy | undefined;
  /** Whether users may change their own passwords, as far as the engine lets them. */
  changesItself = true;
  /** What a check of the admin answers beside. */
  notices: readonly Notice[] = [];
  readonly #users: ModelledUsers;
  readonly #replicas = new Map<string, Replica>();
  readonly #locks = new Set<string>();

  constructor({ engine = 'postgres' }: DatabaseModelOptions = {}) {
    this.engine = engine;
    this.#users = new ModelledUsers({ marking: marking.includes(engine) });
  }

  get users(): ReadonlyMap<string, ModelledUser> {
    return this.#users.all;
  }

  get schemas(): Set<string> {
    return this.#users.schemas;
  }

  /** Owner by object. */
  get owners(): Map<string, string> {
    return this.#users.owners;
  }

  /** Users whose sessions do not end. */
  get clinging(): Set<string> {
    return this.#users.clinging;
  }

  addUser(username: string, password: string, { alsoValid, roles = [], owns = [], ...more }: NewUser = {}): void {
    const passwords = alsoValid === undefined ? [password] : [password, alsoValid];
    this.#replicated(() => {
      this.#users.add(username, { passwords, roles: new Set(roles), ...more });
    });
    for (const object of owns) this.owners.set(object, username);
  }

  #surplus(username: string, expected: number): Notice[] {
    const count = this.users.get(username)?.passwords.length ?? 0;
    return count > expected ? [{ code: 'second-password', message: `User "${username}" has ${count} passwords` }] : [];
  }

  /** Somebody sets a password past everything. */
  setPassword(username: string, password: string): void {
    this.#replicated(() => {
      this.#users.setPassword(username, password);
    });
  }

  /** Somebody makes logins of a user be refused whatever the password, or lets them be again. */
  setBarrier(username: string, barrier: LoginBarrier | undefined): void {
    const { barrier: _before, passwords = [], ...user } = this.users.get(username) ?? {};
    this.#users.add(username, { ...user, passwords, ...(barrier && { barrier }) });
  }

  /** These memberships, settings and limits, and no others. */
  giveRoles(username: string, roles: readonly string[]): void {
    const { passwords = [], ...user } = this.users.get(username) ?? {};
    this.#users.add(username, { ...user, passwords, roles: new Set(roles) });
  }

  /** Logs in and stays. */
  openSession(username: string): void {
    this.#users.openSession(username);
  }

  /** A reader at this host that shows a change only after so many logins there. */
  addReplica(host: string, { lag }: { readonly lag: number }): void {
    this.#replicas.set(host, { lag, behind: 0, seen: this.users });
  }

  accepts(credential: Credential): boolean {
    const user = this.users.get(credential.username);
    return user !== undefined && !user.blocked && !user.barrier && user.passwords.includes(credential.password);
  }

  /** Everything on which what happens next depends, as JSON takes it. */
  state(): unknown {
    const users = (map: ReadonlyMap<string, ModelledUser>) =>
      [...map].sort(byName).map(([name, user]) => [name, { ...user, roles: [...user.roles] }]);
    const replicas = [...this.#replicas.values()].map(({ behind, seen }) => [behind, behind > 0 && users(seen)]);
    return [users(this.users), [...this.owners].sort(byName), [...this.#locks].sort(), replicas];
  }

  /** The port, as one worker sees it. */
  port(at: Interleaving = undisturbed): Database {
    const { strategies } = engineFacts[this.engine];
    const login = (address: DatabaseAddress, credential: Credential) => this.#login(address, credential, at);
    const enter = (address: DatabaseAddress, admin: Admin) => this.#enter(address, admin, at);
    const change = <Outcome>(
      username: string,
      confirm: Confirm,
      plan: () => Plan<Outcome>,
      onRevoked?: (right: RevokedRight) => void,
    ) => this.#change(username, confirm, plan, at, { ...(onRevoked && { onRevoked }) });
    const users = this.#users;
    return {
      engine: this.engine,
      login,
      changeOwnPassword: async (address, credential, password, confirm) => {
        await this.#enterAsUser(address, credential, at);
        return change(credential.username, confirm, () => {
          this.#refuseWeak(password);
          return users.planOwnPassword(credential.username, password);
        });
      },
      checkOwnPassword: (address, credential) => this.#enterAsUser(address, credential, at),
      changeUser: async (address, admin, wanted, confirm) => {
        const who = await enter(address, admin);
        const plan = () => {
          this.#refuseWeak(wanted.password);
          return users.planChange(who, wanted);
        };
        return change(wanted.username, confirm, plan, wanted.onRevoked);
      },
      checkAdmin: async (address, admin, { username, strategy, grants, retains = false }) => {
        const who = await enter(address, admin);
        if (strategy === 'admin') users.needAdmin(who);
        else users.find(who, username, grants);
        users.needSchemas(grants);
        return [
          ...this.notices,
          ...(strategies.includes('dual-password') ? this.#surplus(username, retains ? 2 : 1) : []),
        ];
      },
      inspectUser: async (address, admin, credential) => {
        await enter(address, admin);
        return this.#inspect(credential);
      },
      ...(readsPolicy(this.engine) && {
        passwordPolicy: async (address: DatabaseAddress, credential: Credential) => {
          await login(address, credential);
          return this.policy;
        },
      }),
      ...(strategies.includes('alternating-users') && {
        cloneUser: async (address, admin, clone, confirm) => {
          const who = await enter(address, admin);
          const plan = () => {
            this.#refuseWeak(clone.password);
            return users.planClone(who, clone);
          };
          return change(clone.to, confirm, plan, clone.onRevoked);
        },
        revokeUser: async (address, admin, revocation, confirm) => {
          const who = await enter(address, admin);
          // Never one transaction: a block that is not committed keeps nobody out.
          const plan = () => users.planRevocation(who, revocation);
          return this.#change(revocation.username, confirm, plan, at, { whole: false });
        },
      }),
      ...(this.engine === 'postgres' && {
        settleOwnership: async (
          address: DatabaseAddress,
          admin: Admin,
          { users: both }: { readonly users: readonly string[] },
          confirm: Confirm,
        ) => {
          await enter(address, admin);
          return change(both[0] ?? '', confirm, () => users.planSettling(both));
        },
      }),
      ...(strategies.includes('dual-password') && {
        discardPassword: async (address, admin, discard, confirm) => {
          const who = await enter(address, admin);
          return change(discard.username, confirm, () => users.planDiscard(who, discard));
        },
      }),
    };
  }

  async #login({ host }: DatabaseAddress, credential: Credential, at: Interleaving): Promise<void> {
    const { username, password } = credential;
    const decision = await at({ operation: 'database.login', kind: 'login', detail: `"${username}" at ${host}` });
    if (decision === 'refuse') throw lost(`log in at ${host}`);
    if (this.fault) throw this.fault;
    const replica = this.#replicas.get(host);
    const behind = replica !== undefined && replica.behind > 0;
    const user = (behind ? replica.seen : this.users).get(username);
    if (behind) replica.behind -= 1;
    this.logins += 1;
    const right = user?.passwords.includes(password) ?? false;
    if (right && !user?.blocked && !user?.barrier) return;
    this.failedLogins += 1;
    // Servers hide most reasons behind the answer that a wrong password has.
    const told = right && (user?.blocked === true || ['disabled', 'limit'].includes(user?.barrier?.kind ?? ''));
    throw new DatabaseError(told ? 'locked' : 'auth', `Could not log in as "${username}": refused`, {
      retryable: false,
    });
  }

  #inspect({ username, password }: Credential): UserInspection {
    const user = this.users.get(username);
    if (!user) return { password: 'no-such-user' };
    const matches = user.passwords.some((one) => equal(one, password));
    const known = matches ? 'matches' : 'differs';
    return {
      password: this.hashesReadable ? known : 'unreadable',
      ...(user.barrier && { barrier: user.barrier }),
    };
  }

  #refuseWeak(password: string): void {
    const has = (characters: RegExp) => password.match(characters)?.length ?? 0;
    const { minLength = 0, upper = 0, lower = 0, digits = 0, special = 0 } = this.policy ?? {};
    const holds =
      password.length >= minLength &&
      has(/[A-Z]/g) >= upper &&
      has(/[a-z]/g) >= lower &&
      has(/[0-9]/g) >= digits &&
      has(/[^A-Za-z0-9]/g) >= special;
    if (holds) return;
    throw new EngineError('password-refused', 'The new password does not satisfy the policy', { retryable: false });
  }

  /** @throws DatabaseError `database-privilege` where only an admin may change the user. */
  async #enterAsUser(address: DatabaseAddress, credential: Credential, at: Interleaving): Promise<void> {
    const { usersChangedBy } = engineFacts[this.engine];
    if (usersChangedBy !== 'function-role') await this.#login(address, credential, at);
    const isMaster = usersChangedBy === 'admin' && this.users.get(credential.username)?.createsRoles;
    if ((usersChangedBy === 'user' && this.changesItself) || isMaster) return;
    throw new DatabaseError('privilege', `User "${credential.username}" may not change itself`, { retryable: false });
  }

  /** Logs in as the admin, where it is one who logs in; gives its name. */
  async #enter(address: DatabaseAddress, admin: Admin, at: Interleaving): Promise<string | undefined> {
    const byRole = engineFacts[this.engine].usersChangedBy === 'function-role';
    if (byRole !== (admin === 'function-role')) {
      const wanted = byRole ? "the function's role" : 'an admin who logs in';
      throw new EngineError('admin-missing', `${this.engine} wants ${wanted}`, { retryable: false });
    }
    if (admin === 'function-role') return undefined;
    await this.#login(address, admin, at);
    return admin.username;
  }

  /** Under the user's lock, with one last look, wholly or not at all where the engine can. */
  async #change<Outcome>(
    username: string,
    confirm: Confirm,
    plan: () => Plan<Outcome>,
    at: Interleaving,
    {
      whole = transactional.includes(this.engine),
      onRevoked,
    }: { readonly whole?: boolean; readonly onRevoked?: (right: RevokedRight) => void } = {},
  ): Promise<Outcome | 'withdrawn'> {
    await this.#lock(username, at);
    try {
      if (!(await confirm())) return 'withdrawn';
      const { outcome, effects, revoked = [] } = plan();
      const together = () => {
        for (const effect of effects) effect();
      };
      for (const effect of whole ? [together] : effects) {
        const decision = await at({ operation: 'database.commit', kind: 'write', detail: `user "${username}"` });
        if (decision === 'refuse') throw lost('change a user');
        this.#replicated(effect);
        if (decision === 'lose-answer') throw lost('commit', true);
      }
      for (const right of revoked) onRevoked?.(right);
      return outcome;
    } finally {
      this.#locks.delete(username);
    }
  }

  async #lock(username: string, at: Interleaving): Promise<void> {
    const free = () => !this.#locks.has(username);
    do {
      await at({ operation: 'database.lock', kind: 'lock', detail: `user "${username}"`, free });
    } while (!free());
    this.#locks.add(username);
  }

  #replicated(effect: () => void): void {
    const before = this.users;
    effect();
    if (this.users === before) return;
    for (const replica of this.#replicas.values()) {
      if (replica.behind === 0) replica.seen = before;
      replica.behind = replica.lag;
    }
  }
}

const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const lost = (doing: string, uncertain = false): DatabaseError =>
  new DatabaseError('network', `Could not ${doing}: connection lost`, { retryable: true, uncertain });
