/** A database server with users, passwords, grants and transactions, in memory; `database-contract.ts` holds it to PostgreSQL. */
import type { Confirm, Credential, Database, DatabaseAddress, UserChange } from '../../lambdas/rotation/ports.ts';
import { DatabaseError, RotationError } from '../../lambdas/rotation/rotation-error.ts';
import { formatGrants } from '../../lib/contract/index.ts';
import { undisturbed, type Interleaving } from './interleaving.ts';

interface User {
  password: string;
  /** As {@link formatGrants} writes them. */
  grants: string;
  readonly createsRoles: boolean;
}

export class DatabaseModel {
  readonly users = new Map<string, User>();
  readonly schemas = new Set(['public']);
  /** Failed logins since the start. */
  failedLogins = 0;
  logins = 0;
  /** What every login is answered with, where the server has a fault. */
  fault: DatabaseError | undefined;
  readonly #locks = new Set<string>();

  addUser(username: string, password: string, { createsRoles = false } = {}): void {
    this.users.set(username, { password, grants: '', createsRoles });
  }

  accepts({ username, password }: Credential): boolean {
    return this.users.get(username)?.password === password;
  }

  /** The port, as one worker sees it. */
  port(at: Interleaving = undisturbed): Database {
    const login = async ({ host }: DatabaseAddress, credential: Credential): Promise<User> => {
      const decision = await at({ operation: 'database.login', kind: 'login' });
      if (decision === 'refuse') throw lost(`log in at ${host}`);
      if (this.fault) throw this.fault;
      this.logins += 1;
      const user = this.users.get(credential.username);
      if (user?.password === credential.password) return user;
      this.failedLogins += 1;
      throw new DatabaseError('auth', `Could not log in as "${credential.username}": refused`, { retryable: false });
    };

    /** A transaction: the change is there at once, when it commits, or not at all. */
    const change = async <Result>(username: string, confirm: Confirm, prepare: () => readonly [Result, () => void]) => {
      await this.#lock(username, at);
      try {
        if (!(await confirm())) return 'withdrawn' as const;
        const [result, commit] = prepare();
        const decision = await at({ operation: 'database.commit', kind: 'write' });
        if (decision === 'refuse') throw lost('change a user');
        commit();
        if (decision === 'lose-answer') throw lost('commit', true);
        return result;
      } finally {
        this.#locks.delete(username);
      }
    };

    return {
      engine: 'postgres',
      defaults: { port: 5432, dbname: 'postgres' },
      usernameLimit: 63,
      login: async (address, credential) => {
        await login(address, credential);
      },
      changeOwnPassword: async (address, credential, password, confirm) => {
        const user = await login(address, credential);
        return change(credential.username, confirm, () => [
          'changed' as const,
          () => {
            user.password = password;
          },
        ]);
      },
      changeUser: async (address, admin, wanted, confirm) => {
        await login(address, admin);
        return change(wanted.username, confirm, () => this.#prepare(admin, wanted));
      },
      checkAdmin: async (address, admin, wanted) => {
        await login(address, admin);
        this.#check(admin, wanted);
      },
    };
  }

  async #lock(username: string, at: Interleaving): Promise<void> {
    do {
      await at({ operation: 'database.lock', kind: 'lock', free: () => !this.#locks.has(username) });
    } while (this.#locks.has(username));
    this.#locks.add(username);
  }

  #prepare(admin: Credential, { username, password, resetPassword, grants }: UserChange) {
    const user = this.#check(admin, { username, ...(grants && { grants }) });
    for (const schema of Object.keys(grants ?? {})) {
      if (!this.schemas.has(schema)) {
        throw new RotationError('schema-missing', `There is no schema "${schema}"`, { retryable: false });
      }
    }
    const commit = (): void => {
      const changed = user ?? { password, grants: '', createsRoles: false };
      if (resetPassword) changed.password = password;
      if (grants) changed.grants = formatGrants(grants);
      this.users.set(username, changed);
    };
    if (!user) return ['created', commit] as const;
    return [resetPassword ? 'reset' : 'unchanged', commit] as const;
  }

  #check(admin: Credential, { username, grants }: Pick<UserChange, 'username' | 'grants'>): User | undefined {
    if (!this.users.get(admin.username)?.createsRoles) {
      throw new DatabaseError('privilege', `The admin "${admin.username}" may not change users`, { retryable: false });
    }
    const user = this.users.get(username);
    if (user?.createsRoles) {
      throw new RotationError('user-reserved', `User "${username}" is no application's`, { retryable: false });
    }
    if (!user && !grants) {
      throw new RotationError('user-missing', `User "${username}" does not exist`, { retryable: false });
    }
    return user;
  }
}

const lost = (doing: string, uncertain = false): DatabaseError =>
  new DatabaseError('network', `Could not ${doing}: connection lost`, { retryable: true, uncertain });
