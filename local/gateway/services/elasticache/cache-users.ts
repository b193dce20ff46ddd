/** Users of caches as an AWS service keeps them: a change takes a moment until it holds in the caches. */
import { createHash } from 'node:crypto';

import { ServiceError, type Scope } from '../../service-call.ts';

/** A Redis or Valkey that runs on this machine. */
export interface LocalCache {
  readonly account: string;
  /** Runs one command as an administrator. */
  command(...words: string[]): Promise<unknown>;
}

export interface CacheUser extends Scope {
  /** ElastiCache's id; MemoryDB's users have only a name. */
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'modifying' | 'deleting';
  readonly authentication: 'password' | 'no-password' | 'iam';
  readonly passwords: readonly string[];
  /** `on ~* +@all`, in the words of ACL SETUSER. */
  readonly accessString: string;
}

export interface CacheUserChange {
  readonly authentication?: CacheUser['authentication'] | undefined;
  readonly passwords?: readonly string[] | undefined;
  readonly accessString?: string | undefined;
}

/** What the service calls its errors. */
export interface CacheUserErrors {
  readonly notFound: string;
  readonly wrongState: string;
  readonly exists: string;
  readonly wrongParameter: string;
}

export interface CacheUsersOptions {
  readonly errors: CacheUserErrors;
  /** How long a change takes, ms. @default 150 */
  readonly settleMs?: number;
  /** Told where a cache could not be changed. */
  readonly onError: (error: unknown) => void;
}

export class CacheUsers {
  readonly #users = new Map<string, CacheUser>();
  readonly #caches: LocalCache[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #options: CacheUsersOptions;

  constructor(options: CacheUsersOptions) {
    this.#options = options;
  }

  /** Every user of the account, now and later, is one of this cache. */
  async register(cache: LocalCache): Promise<void> {
    this.#caches.push(cache);
    for (const user of this.#users.values()) if (user.account === cache.account) await apply(cache, user);
  }

  list(scope: Scope): readonly CacheUser[] {
    return [...this.#users.values()].filter(({ account, region }) => inScope(scope, { account, region }));
  }

  /** @throws ServiceError if there is no such user. */
  get(scope: Scope, id: string): CacheUser {
    const user = this.#users.get(keyOf(scope, id));
    if (user) return user;
    throw new ServiceError(this.#options.errors.notFound, `User ${id} not found.`, 404);
  }

  /** @throws ServiceError */
  create(user: Omit<CacheUser, 'status'>): CacheUser {
    const { errors } = this.#options;
    if (this.#users.has(keyOf(user, user.id))) throw new ServiceError(errors.exists, `User ${user.id} already exists.`);
    return this.#change(user);
  }

  /** @throws ServiceError, also while an earlier change is on its way. */
  modify(scope: Scope, id: string, change: CacheUserChange): CacheUser {
    const user = this.#active(scope, id);
    const { authentication = user.authentication, passwords, accessString = user.accessString } = change;
    const kept = authentication === 'password' ? (passwords ?? user.passwords) : [];
    return this.#change({ ...user, authentication, accessString, passwords: kept });
  }

  /** @throws ServiceError */
  remove(scope: Scope, id: string): CacheUser {
    const user: CacheUser = { ...this.#active(scope, id), status: 'deleting' };
    this.#users.set(keyOf(user, id), user);
    this.#later(async () => {
      this.#users.delete(keyOf(user, id));
      for (const cache of this.#cachesOf(user)) await cache.command('ACL', 'DELUSER', user.name);
    });
    return user;
  }

  /** Forgets users and caches, and what was on its way. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#users.clear();
    this.#caches.length = 0;
  }

  #active(scope: Scope, id: string): CacheUser {
    const user = this.get(scope, id);
    if (user.status === 'active') return user;
    throw new ServiceError(this.#options.errors.wrongState, `User ${id} is not in active state.`);
  }

  #change(wanted: Omit<CacheUser, 'status'>): CacheUser {
    this.#refuseWrongPasswords(wanted);
    const user: CacheUser = { ...wanted, status: 'modifying' };
    this.#users.set(keyOf(user, user.id), user);
    this.#later(async () => {
      for (const cache of this.#cachesOf(user)) await apply(cache, user);
      this.#users.set(keyOf(user, user.id), { ...user, status: 'active' });
    });
    return user;
  }

  /** One or two of 16 to 128 characters: the same in both services. */
  #refuseWrongPasswords({ authentication, passwords }: Pick<CacheUser, 'authentication' | 'passwords'>): void {
    const fits = ({ length }: string) => length >= 16 && length <= 128;
    const [least, most] = authentication === 'password' ? [1, 2] : [0, 0];
    const distinct = new Set(passwords).size === passwords.length;
    if (passwords.length >= least && passwords.length <= most && distinct && passwords.every(fits)) return;
    throw new ServiceError(
      this.#options.errors.wrongParameter,
      'Passwords: one or two, different, of 16 to 128 characters.',
    );
  }

  #cachesOf({ account }: CacheUser): readonly LocalCache[] {
    return this.#caches.filter((cache) => cache.account === account);
  }

  #later(work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work().catch(this.#options.onError);
    }, this.#options.settleMs ?? 150);
    this.#timers.add(timer);
  }
}

const keyOf = ({ account, region }: Scope, id: string): string => `${account}/${region}/${id}`;

const inScope = (scope: Scope, other: Scope): boolean => keyOf(scope, '') === keyOf(other, '');

const apply = async (cache: LocalCache, user: CacheUser): Promise<void> => {
  const hashes = user.passwords.map((password) => `#${createHash('sha256').update(password).digest('hex')}`);
  const nopass = user.authentication === 'no-password' ? ['nopass'] : [];
  const rules = user.accessString.split(' ').filter((word) => word !== '');
  await cache.command('ACL', 'SETUSER', user.name, 'reset', ...rules, ...nopass, ...hashes);
};
