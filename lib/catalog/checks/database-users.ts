/** Checks over all applications that a database user is that of one secret: two would rotate each other's password away. */
import type { SecretSource } from '../schema/application.ts';
import type { Remains } from '../structure.ts';
import type { Scope } from './scope.ts';

/** Which secret has a user of a database server already. */
export type DatabaseUsers = Map<string, string>;

/** Enters the users of a file's secrets; PostgreSQL's users are of the server, whatever the database. */
export const claimDatabaseUsers = (scope: Scope, users: DatabaseUsers, file: string): void => {
  for (const [name, secret] of Object.entries(scope.secrets)) {
    const { username } = secret;
    const server = serverOf(secret);
    if (secret.class !== 'database' || username === undefined || server === undefined) continue;
    const key = [scope.environment?.name, server, username].join(' ');
    const owner = users.get(key);
    if (owner === undefined) users.set(key, `secret ${name} of ${file}`);
    else {
      const problem = `is the user of ${owner} too (got ${username}); write a user for this secret alone`;
      scope.report(['secrets', name, 'username'], problem);
    }
  }
};

const serverOf = ({ host, port = 5432 }: Remains<SecretSource>): string | undefined => {
  if (typeof host === 'string') return `${host.toLowerCase()}:${port}`;
  return host?.rds;
};
