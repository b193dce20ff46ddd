/** Amazon MemoryDB behind the `Database` port: users by its API, logins as on any Redis or Valkey. */
import { DescribeUsersCommand, UpdateUserCommand, type MemoryDBClient } from '@aws-sdk/client-memorydb';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Database } from '../port.ts';
import { callAws, orOn } from '../../runtime/adapters/aws-client.ts';
import { managedDatabase, type ManagedDatabaseOptions, type ManagedUsers } from '../redis/managed-database.ts';

export interface MemoryDbDatabaseOptions extends Omit<ManagedDatabaseOptions, 'users'> {
  readonly client: MemoryDBClient;
}

export const memoryDbDatabase = ({ client, ...options }: MemoryDbDatabaseOptions): Database =>
  managedDatabase({ ...options, users: memoryDbUsers(client, options.deadline) });

/** https://docs.aws.amazon.com/memorydb/latest/APIReference/API_UpdateUser.html. A user's name is its id. */
const memoryDbUsers = (client: MemoryDBClient, deadline: Deadline): ManagedUsers => ({
  engine: 'memorydb',
  service: 'MemoryDB',
  find: async (name) => {
    const call = callAws(`describe MemoryDB user ${name}`, deadline, (options) =>
      client.send(new DescribeUsersCommand({ UserName: name }), options),
    );
    const described = await orOn('UserNotFoundFault', call, () => undefined);
    const user = described?.Users?.[0];
    if (!user) return undefined;
    const { Name: username = '', Status: status, Authentication, AccessString = '' } = user;
    return {
      username,
      status: status === 'active' || status === 'deleting' ? status : 'changing',
      authentication: Authentication?.Type ?? 'unknown',
      disabled: AccessString.split(' ').includes('off'),
      passwordCount: Authentication?.PasswordCount ?? 0,
    };
  },
  setPasswords: (name, passwords) => {
    const call = callAws(`change the passwords of MemoryDB user ${name}`, deadline, async (options) => {
      const input = { UserName: name, AuthenticationMode: { Type: 'password' as const, Passwords: [...passwords] } };
      await client.send(new UpdateUserCommand(input), options);
      return 'asked' as const;
    });
    const unlessBusy = orOn('InvalidUserStateFault', call, () => 'busy' as const);
    return orOn('UserNotFoundFault', unlessBusy, () => 'absent' as const);
  },
});
