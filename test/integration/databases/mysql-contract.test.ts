import { afterAll, beforeAll } from 'vitest';
import type { LocalMysql } from '../../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { prepareMysql, startFlavour } from '../../_helpers/mysql-under-test.ts';

let server: LocalMysql;

beforeAll(async () => {
  server = await startFlavour('mysql', { certificates: await createLocalCertificates() });
});
afterAll(async () => {
  await server.stop();
});

describeDatabase(
  'MySQL',
  {
    engine: 'mysql',
    username: (number) => `O'd\\d "\`us er\`" ${number}`,
    holds: ['inspection', 'containment', 'revoked-rights', 'password-policy'],
  },
  () => prepareMysql('mysql', server),
);
