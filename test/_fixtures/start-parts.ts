/** Starts each part of the local platform that the arguments name, uses it once, and ends it: `postgres-18`, `local-aws`. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startLocalAws } from '../../local/aws.ts';
import {
  startMariadb,
  startMongo,
  startMysql,
  startPostgres,
  startPostgresReplica,
  startRedis,
} from '../../local/databases/index.ts';
import { useRoomyTemporaryFolder } from '../../local/temporary-folder.ts';
import { createLocalCertificates } from '../../local/tls.ts';
import { useOwnSettingsOnly } from '../../local/user-settings.ts';

useOwnSettingsOnly();
await useRoomyTemporaryFolder();
const certificates = await createLocalCertificates();

const localAws = async (): Promise<void> => {
  const aws = await startLocalAws({ accounts: ['111122223333'], region: 'eu-west-1' });
  const { accessKeyId, secretAccessKey } = aws.accounts['111122223333'] ?? { accessKeyId: '', secretAccessKey: '' };
  const credentials = { accessKeyId, secretAccessKey };
  const sts = new STSClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  await aws.stop();
};

const postgres = async (version: 15 | 18): Promise<void> => {
  const primary = await startPostgres({ certificates, version });
  await primary.query('SELECT 1');
  await primary.stop();
};

const postgresReplica = async (): Promise<void> => {
  const primary = await startPostgres({ certificates });
  const replica = await startPostgresReplica(primary);
  await replica.catchUp();
  await replica.stop();
  await primary.stop();
};

const parts: Readonly<Record<string, () => Promise<void>>> = {
  'local-aws': localAws,
  'postgres-15': () => postgres(15),
  'postgres-18': () => postgres(18),
  'postgres-replica': postgresReplica,
  mariadb: async () => (await startMariadb({ certificates })).stop(),
  mysql: async () => (await startMysql({ certificates })).stop(),
  redis: async () => (await startRedis({ certificates, server: 'redis' })).stop(),
  valkey: async () => (await startRedis({ certificates, server: 'valkey' })).stop(),
  mongo: async () => (await startMongo({ certificates })).stop(),
};

for (const name of process.argv.slice(2)) {
  const start = parts[name];
  if (start === undefined) throw new Error(`No such part: ${name}`);
  await start();
  console.log(`started and ended: ${name}`);
}
