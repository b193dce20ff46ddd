/** Asks the server whether an admin may do what a rotation needs, without doing it. */
import type { RotationStrategy } from '../../../lib/contract/index.ts';
import { DatabaseError } from '../errors.ts';
import type { Server } from './server.ts';
import type { Command, Session } from './session.ts';
import { lockKey } from './user-lock.ts';

/** @throws DatabaseError `database-privilege`, naming what lacks in the server's words. */
export const checkPermissions = async (
  session: Session,
  server: Server,
  admin: string,
  { username, strategy }: { readonly username: string; readonly strategy: RotationStrategy },
): Promise<void> => {
  const commands = needed(username, strategy, server);
  const answers = await session.runAll(commands.map((command) => ['ACL', 'DRYRUN', admin, ...command] as const));
  for (const [index, answer] of answers.entries()) {
    if (answer === 'OK') continue;
    throw new DatabaseError(
      'privilege',
      `The admin "${admin}" may not do what rotation needs (${String(answer)}, asked for ${(commands[index] ?? []).slice(0, 2).join(' ')}): docs/rotation.md lists the rules that it needs`,
      { retryable: false },
    );
  }
};

const needed = (username: string, strategy: RotationStrategy, { persist }: Server): readonly Command[] => {
  const key = lockKey(username);
  return [
    ['SET', key, '', 'NX', 'PX', '1'],
    ['WATCH', key],
    ['GET', key],
    ['UNWATCH'],
    ['MULTI'],
    ['EXEC'],
    ['DEL', key],
    ['ACL', 'LIST'],
    ['ACL', 'SETUSER', username],
    persist,
    ...(strategy === 'alternating-users'
      ? ([
          ['ACL', 'DELUSER', username],
          ['CLIENT', 'KILL', 'USER', username],
        ] as const)
      : []),
  ];
};
