/** Starts the database that the first argument names, says where, and waits to be killed. */
import {
  startMariadb,
  startMongo,
  startMysql,
  startPostgres,
  startRedis,
  type LocalServer,
} from '../../local/databases/index.ts';
import { createLocalCertificates } from '../../local/tls.ts';

const certificates = await createLocalCertificates();
const starts: Readonly<Record<string, () => Promise<LocalServer>>> = {
  mariadb: () => startMariadb({ certificates }),
  mongo: () => startMongo({ certificates }),
  mysql: () => startMysql({ certificates }),
  postgres: () => startPostgres({ certificates }),
  redis: () => startRedis({ certificates, server: 'redis' }),
};
const name = process.argv[2] ?? '';
const start = starts[name];
if (start === undefined) throw new Error(`No such database: ${name}`);
const { port, logFile } = await start();
process.stdout.write(`${JSON.stringify({ port, logFile })}\n`);
setInterval(() => undefined, 60_000);
