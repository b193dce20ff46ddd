/** Checks over all applications that a database user is that of one secret: two would rotate each other's password away. */
import { alternateSuffix, type DatabaseEngine, engineFacts } from '../../contract/index.ts';
import type { AnySecret } from '../schema/secret.ts';
import type { Remains } from '../source/structure.ts';
import { writerOf } from '../entries/writer.ts';
import type { Scope } from './scope.ts';

/** Which secret has a user of a database server already. */
export type DatabaseUsers = Map<string, string>;

/** Enters the users of a file's secrets, with the second ones that rotation makes. */
export const claimDatabaseUsers = (scope: Scope, users: DatabaseUsers, file: string): void => {
  for (const [name, secret] of Object.entries(scope.secrets)) {
    const { username, engine } = secret;
    const server = engine && serverOf(secret, engine);
    if (secret.class !== 'database' || username === undefined || server === undefined) continue;
    const keyOf = (user: string): string => {
      const exact = engine !== undefined && engineFacts[engine].ignoresCase === true ? user.toLowerCase() : user;
      return [scope.environment?.name, server, secret.userId ?? exact].join(' ');
    };
    const all = alternates(secret) ? [username, `${username}${alternateSuffix}`] : [username];
    const taken = all.find((user) => users.has(keyOf(user)));
    if (taken === undefined) {
      for (const user of all) {
        const second = user === username ? '' : ', the second one';
        users.set(keyOf(user), `secret ${name} of ${file}${second}`);
      }
    } else {
      const own = taken === username ? `got ${username}` : `got ${username}, whose second user is ${taken}`;
      const problem = `is the user of ${users.get(keyOf(taken)) ?? ''} too (${own}); write a user for this secret alone`;
      scope.report(['secrets', name, 'username'], 'user-taken', problem);
    }
  }
};

const alternates = ({ rotation }: Remains<AnySecret>): boolean =>
  typeof rotation === 'object' && rotation.strategy === 'alternating-users';

/** Whose users these are: of a server, whatever the database; and where AWS keeps them, of the account. */
const serverOf = (secret: Remains<AnySecret>, engine: DatabaseEngine): string | undefined => {
  const { host, port } = writerOf(secret);
  if (engineFacts[engine].usersChangedBy === 'function-role') return engine;
  if (typeof host === 'string') return `${host.toLowerCase()}:${port ?? engineFacts[engine].port}`;
  if (host?.rdsCluster !== undefined) return `cluster ${host.rdsCluster}`;
  return host?.rds;
};
