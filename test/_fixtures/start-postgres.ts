/** Starts a PostgreSQL, says where, and waits to be killed. */
import { startPostgres } from '../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../local/tls.ts';

const postgres = await startPostgres({ certificates: await createLocalCertificates() });
process.stdout.write(`${JSON.stringify({ port: postgres.port, logFile: postgres.logFile })}\n`);
setInterval(() => undefined, 60_000);
