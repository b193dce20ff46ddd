/** What roles are to users is modelled before FerretDB, which has none (docs/verification.md). */
import { afterAll, beforeAll } from 'vitest';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { MongoUnderTest } from '../../_helpers/mongo-under-test.ts';

let under: MongoUnderTest;

beforeAll(async () => {
  under = await MongoUnderTest.start();
});
afterAll(async () => {
  await under.stop();
});

describeDatabase('MongoDB', { engine: 'mongo', holds: ['inspection', 'revoked-rights'] }, () => under.prepare());
