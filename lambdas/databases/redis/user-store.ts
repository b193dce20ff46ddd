/** The users of a server, changed one at a time: in memory and on disk in one go, or not at all. */
import { DatabaseError, EngineError } from '../errors.ts';
import { define, findUser, type AclUser } from './acl-user.ts';
import { classify } from './classify.ts';
import { ServerRefusal } from './connection.ts';
import type { Server } from './server.ts';
import type { Command, Fence, Session } from './session.ts';

export class UserStore {
  readonly #session: Session;
  readonly #server: Server;
  readonly #fence: Fence;

  /** @param fence - the user's lock: no change is made when it does not stand any more. */
  constructor(session: Session, server: Server, fence: Fence) {
    this.#session = session;
    this.#server = server;
    this.#fence = fence;
  }

  find(username: string): Promise<AclUser | undefined> {
    return readUser(this.#session, username);
  }

  /**
   * Runs the one command that changes the user, and writes users to disk, with nothing of another client's between. A
   * user that can't be kept is put back as it was.
   *
   * @param before - the user as it is; `undefined` if there is none yet.
   * @throws DatabaseError; EngineError `users-not-persistent`.
   */
  async change(command: Command, username: string, before: AclUser | undefined): Promise<void> {
    const [changed, kept] = await this.#commit([command, this.#server.persist]);
    if (changed instanceof ServerRefusal)
      throw classify(changed, `change user "${username}" as ${this.#session.where}`);
    if (!(kept instanceof ServerRefusal)) return;
    await this.#commit([before ? define(before) : ['ACL', 'DELUSER', username]]);
    throw this.#notKept(kept, 'nothing was changed');
  }

  /** Writes users to disk as they are: an earlier try may have died before it could. */
  async keep(): Promise<void> {
    const [kept] = await this.#commit([this.#server.persist]);
    if (kept instanceof ServerRefusal) throw this.#notKept(kept, 'what an earlier try changed may be lost');
  }

  async #commit(commands: readonly Command[]) {
    const replies = await this.#session.transaction(commands, this.#fence);
    if (replies) return replies;
    throw new DatabaseError(
      'unknown',
      `The lock ${this.#fence.key} as ${this.#session.where} expired before the change was made; nothing was changed`,
      { retryable: true },
    );
  }

  #notKept(refusal: ServerRefusal, consequence: string): EngineError {
    return new EngineError(
      'users-not-persistent',
      `The server of ${this.#session.where} could not write its users to disk (${refusal.message}); ${consequence}. Its log says why: a full disk, or a file that it may not write`,
      { retryable: true, cause: refusal },
    );
  }
}

export const readUser = async (session: Session, username: string): Promise<AclUser | undefined> => {
  const lines = await session.run(['ACL', 'LIST']);
  return findUser(Array.isArray(lines) ? lines.map(String) : [], username);
};
