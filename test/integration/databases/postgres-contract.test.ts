import { afterAll, beforeAll, describe } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { preparePostgres } from '../../_helpers/postgres-under-test.ts';

describe.each([15, 18] as const)('version %i', (version) => {
  let postgres: LocalPostgres;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version });
  });
  afterAll(async () => {
    await postgres.stop();
  });

  describeDatabase(
    'PostgreSQL',
    { engine: 'postgres', ownership: true, holds: ['inspection', 'containment', 'revoked-rights'] },
    () => preparePostgres(postgres),
  );
});
