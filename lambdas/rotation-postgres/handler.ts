/** The rotation function for PostgreSQL: reads its environment once, makes the clients, exports the handler. */
import { readFileSync } from 'node:fs';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { rotationVariables } from '../../lib/contract/index.ts';
import { awsClientOptions } from '../adapters/aws-client.ts';
import { postgresDatabase } from '../adapters/postgres/database.ts';
import { databaseTrust } from '../adapters/postgres/trust.ts';
import { rdsInstances } from '../adapters/rds.ts';
import { secretsManagerVersions } from '../adapters/secrets-manager.ts';
import { CodedError } from '../middleware/coded-error.ts';
import { readEnvironment } from '../middleware/environment.ts';
import { createLog } from '../middleware/log.ts';
import { Redactor } from '../middleware/redaction.ts';
import { systemClock } from '../rotation/clock.ts';
import { createHandler } from '../rotation/create-handler.ts';
import { randomPasswords } from '../rotation/passwords.ts';

const { environment, engine } = readEnvironment(rotationVariables, process.env);
if (engine !== 'postgres') {
  const message = `${rotationVariables.engine} is "${engine}"; this function serves postgres: deploy the construct's own entry`;
  throw new CodedError('environment-wrong', message, { retryable: false });
}
// Node reads this file for its own connections only; here the authorities are named, so they must be added by hand.
const extraAuthorities = process.env['NODE_EXTRA_CA_CERTS'];
const trust = databaseTrust(extraAuthorities ? readFileSync(extraAuthorities, 'utf8') : undefined);
const secretsManager = new SecretsManagerClient(awsClientOptions);
const rds = new RDSClient(awsClientOptions);
const redactor = new Redactor();

export const handler = createHandler({
  environment,
  engine,
  log: createLog('rotation-postgres', redactor),
  redactor,
  ports: (deadline) => ({
    versions: secretsManagerVersions(secretsManager, deadline),
    instances: rdsInstances(rds, deadline),
    database: postgresDatabase({ trust, deadline }),
    passwords: randomPasswords,
    clock: systemClock(deadline),
  }),
});
