import { afterAll, beforeAll } from 'vitest';
import { describeSecretVersions } from '../../_helpers/secret-versions-contract.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

let secrets: WiredSecrets;

beforeAll(async () => {
  secrets = await startWiredSecrets();
});
afterAll(async () => {
  await secrets.stop();
});

describeSecretVersions('Secrets Manager', () => Promise.resolve(secrets));
