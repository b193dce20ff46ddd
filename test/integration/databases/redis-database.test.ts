import { afterAll, beforeAll, describe } from 'vitest';
import { redisDatabase } from '../../../lambdas/databases/redis/database.ts';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { startRedis, type LocalRedis } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { addressOf, addUser, adminRules, lineOf, openSession, rightsOn } from '../../_helpers/redis-server.ts';

const certificates = await createLocalCertificates();
const trust = trustIn([certificates.ca]);
const deadline = { remainingMs: () => 60_000 };

describe.each(['redis', 'valkey'] as const)('%s', (kind) => {
  let server: LocalRedis;
  let sequence = 0;

  beforeAll(async () => {
    server = await startRedis({ server: kind, certificates });
  });
  afterAll(async () => {
    await server.stop();
  });

  describeDatabase(
    kind,
    {
      engine: 'redis',
      holds: ['inspection', 'containment', 'revoked-rights'],
      // Neither spaces nor control characters: the server takes them for the end of the name.
      username: (number) => `Odd"usér'\\${number}`,
    },
    async () => {
      const admin = { username: `admin-${(sequence += 1)}`, password: `admin password ${sequence}` };
      await addUser(server, admin, ...adminRules);
      return {
        database: redisDatabase({ trust, deadline }),
        address: addressOf(server),
        admin,
        addUser: (credential) => addUser(server, credential),
        userExists: async (username) => (await lineOf(server, username)) !== undefined,
        disable: async (username) => {
          await server.command('ACL', 'SETUSER', username, 'off');
        },
        rights: rightsOn(server),
        openSession: (credential) => openSession(server, credential),
      };
    },
  );
});
