/** Amazon ElastiCache behind the `Database` port: users by its API, logins as on any Redis or Valkey. */
import { DescribeUsersCommand, ModifyUserCommand, type ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Database } from '../port.ts';
import { callAws, orOn } from '../../runtime/adapters/aws-client.ts';
import { managedDatabase, type ManagedDatabaseOptions, type ManagedUsers } from '../redis/managed-database.ts';

export interface ElastiCacheDatabaseOptions extends Omit<ManagedDatabaseOptions, 'users'> {
  readonly client: ElastiCacheClient;
}

export const elastiCacheDatabase = ({ client, ...options }: ElastiCacheDatabaseOptions): Database =>
  managedDatabase({ ...options, users: elastiCacheUsers(client, options.deadline) });

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUser.html */
const elastiCacheUsers = (client: ElastiCacheClient, deadline: Deadline): ManagedUsers => ({
  engine: 'elasticache',
  service: 'ElastiCache',
  find: async (userId) => {
    const call = callAws(`describe ElastiCache user ${userId}`, deadline, (options) =>
      client.send(new DescribeUsersCommand({ UserId: userId }), options),
    );
    const described = await orOn('UserNotFoundFault', call, () => undefined);
    const user = described?.Users?.[0];
    if (!user) return undefined;
    const { UserName: username = '', Status: status, Authentication, AccessString = '' } = user;
    return {
      username,
      status: status === 'active' || status === 'deleting' ? status : 'changing',
      authentication: Authentication?.Type ?? 'unknown',
      disabled: AccessString.split(' ').includes('off'),
      passwordCount: Authentication?.PasswordCount ?? 0,
    };
  },
  setPasswords: (userId, passwords) => {
    const call = callAws(`change the passwords of ElastiCache user ${userId}`, deadline, async (options) => {
      const input = { UserId: userId, AuthenticationMode: { Type: 'password' as const, Passwords: [...passwords] } };
      await client.send(new ModifyUserCommand(input), options);
      return 'asked' as const;
    });
    const unlessBusy = orOn('InvalidUserStateFault', call, () => 'busy' as const);
    return orOn('UserNotFoundFault', unlessBusy, () => 'absent' as const);
  },
});
