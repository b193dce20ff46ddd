/** What the outgoing of two users makes in the grace time, through the sweep on a real PostgreSQL. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { preparePostgres } from '../../_helpers/postgres-under-test.ts';
import { RealRotation } from '../../_helpers/real-rotation.ts';

let postgres: LocalPostgres;

beforeAll(async () => {
  postgres = await startPostgres({ certificates: await createLocalCertificates() });
});
afterAll(async () => {
  await postgres.stop();
});

it('belongs to both at the next sweep, within the grace time and at its end', async () => {
  const under = await preparePostgres(postgres);
  const { address, admin, database } = under;
  const app = { username: 'app', password: 'canary-first' };
  await under.addUser(app);
  await under.as(admin, 'CREATE SCHEMA work; GRANT ALL ON SCHEMA work TO app');
  const rotation = await RealRotation.create(
    { engine: 'postgres', address, admin, database },
    'alternating-users',
    app,
  );
  await rotation.rotate();
  const twin = await rotation.stored('AWSCURRENT');
  await under.as(app, 'CREATE TABLE work.late (id int)');
  await expect(under.as(twin, 'ALTER TABLE work.late ADD COLUMN more int')).rejects.toThrow('must be owner');

  rotation.pass(1);
  expect(await rotation.sweep()).toMatchObject({ discarded: 0, failed: 0 });

  await under.as(twin, 'ALTER TABLE work.late ADD COLUMN more int');
  await under.as(app, 'CREATE TABLE work.last (id int)');
  rotation.pass(24);
  expect(await rotation.sweep()).toMatchObject({ discarded: 1, failed: 0 });
  await under.as(twin, 'ALTER TABLE work.last ADD COLUMN more int');
  expect(await rotation.accepts(app)).toBe(false);
});
