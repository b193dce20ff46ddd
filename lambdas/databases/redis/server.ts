/** What must be true of a server before its users are changed: it is the one that counts, and it keeps them. */
import { DatabaseError, EngineError } from '../errors.ts';
import { textOf, type Command, type Session } from './session.ts';

export interface Server {
  /** Writes users to where the server reads them when it starts. */
  readonly persist: Command;
}

/**
 * @throws EngineError `users-not-persistent`, `strategy-impossible` (a cluster); DatabaseError `database-network`
 * for a replica, `database-privilege` if the user may not look.
 */
export const examineServer = async (session: Session): Promise<Server> => {
  const [info, aclFile] = await session.runAll([['INFO'], ['CONFIG', 'GET', 'aclfile']]);
  const facts = factsIn(textOf(info, `read INFO as ${session.where}`));
  if (facts.get('cluster_enabled') === '1') {
    throw new EngineError(
      'strategy-impossible',
      `The server of ${session.where} is a node of a cluster, and each node has its own users: rotate the users with the tool that sets them on every node`,
      { retryable: false },
    );
  }
  if (facts.get('role') === 'slave') {
    throw new DatabaseError(
      'network',
      `The server of ${session.where} is a replica: users are changed on the primary; a failover may be in progress`,
      { retryable: true },
    );
  }
  if (Array.isArray(aclFile) && aclFile[1]) return { persist: ['ACL', 'SAVE'] };
  if (facts.get('config_file')) return { persist: ['CONFIG', 'REWRITE'] };
  throw new EngineError(
    'users-not-persistent',
    `The server of ${session.where} runs without a file of users and without a configuration file: it would lose a new password when it restarts. Start it with "aclfile", or with a configuration file`,
    { retryable: false },
  );
};

const factsIn = (info: string): ReadonlyMap<string, string> =>
  new Map(
    info.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
