/** A local Redis or Valkey as the tests of its adapter see it. */
import { openConnection } from '../../lambdas/databases/redis/connection.ts';
import { trustIn } from '../../lambdas/databases/database-trust.ts';
import type { Credential, DatabaseAddress } from '../../lambdas/databases/port.ts';
import type { LocalRedis } from '../../local/databases/redis.ts';
import type { RightsUnderTest, SessionUnderTest } from './database-contract.ts';

/** All that an admin of Strongroom needs; docs/rotation.md says so. */
export const adminRules = [
  '~strongroom:rotation:*',
  ...['ping', 'info', 'set', 'get', 'del', 'watch', 'unwatch', 'multi', 'exec', 'client|kill'],
  ...['config|get', 'config|rewrite', 'acl|list', 'acl|setuser', 'acl|deluser', 'acl|save', 'acl|dryrun'],
].map((rule) => (rule.startsWith('~') ? rule : `+${rule}`));

export const addressOf = ({ host, port }: Pick<LocalRedis, 'host' | 'port'>): DatabaseAddress => ({
  host,
  port,
  dbname: '',
  tls: { mode: 'verify-full' },
});

export const addUser = async (
  server: LocalRedis,
  { username, password }: Credential,
  ...rules: string[]
): Promise<void> => {
  await server.command('ACL', 'SETUSER', username, 'on', `>${password}`, ...rules);
};

/** The line of a user in `ACL LIST`. */
export const lineOf = async (server: LocalRedis, username: string): Promise<string | undefined> =>
  ((await server.command('ACL', 'LIST')) as string[]).find((line) => line.startsWith(`user ${username} `));

/** Every kind of rule that there is. */
const rules = {
  first: ['~first:*', '%R~read:*', '&news:*', '+@read', '-keys', '+config|get', 'skip-sanitize-payload'],
  second: [
    '~second:*',
    '%W~write:*',
    'allchannels',
    '+@all',
    '-@dangerous',
    '(~other:* +get)',
    '(%R~more:* &x* +@hash)',
  ],
} as const;

export const rightsOn = (server: LocalRedis): RightsUnderTest => ({
  give: async (username, set) => {
    const clear = ['resetkeys', 'resetchannels', '-@all', 'clearselectors', 'sanitize-payload'];
    await server.command('ACL', 'SETUSER', username, ...clear, ...rules[set]);
  },
  of: async (username) => {
    const described = (await server.command('ACL', 'GETUSER', username)) as Record<string, unknown>;
    return Object.entries(described)
      .filter(([what]) => what !== 'passwords')
      .map(([what, value]) => `${what} ${JSON.stringify(value)}`)
      .sort();
  },
});

export const openSession = async (server: LocalRedis, credential: Credential): Promise<SessionUnderTest> => {
  const connection = await openConnection(addressOf(server), {
    trust: trustIn([server.ca]),
    connectTimeoutMs: 60_000,
    answerTimeoutMs: () => 60_000,
  });
  await connection.send(['AUTH', credential.username, credential.password]);
  return {
    ended: async () => {
      await connection.send(['PING']).catch(() => undefined);
      return !connection.open;
    },
    close: () => connection.close(),
  };
};
