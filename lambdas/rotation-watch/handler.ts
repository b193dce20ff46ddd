/** Watches secrets that functions of the organisation's own rotate, every hour. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { watchVariables } from '../../lib/contract/index.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { describeSecret } from './adapters/describe.ts';
import { createHandler } from './create-handler.ts';

const { environment } = readEnvironment(watchVariables, process.env);
const client = new SecretsManagerClient(awsClientOptions);
const redactor = new Redactor();

export const handler = createHandler({
  environment,
  ports: (deadline) => ({ describe: describeSecret(client, deadline) }),
  now: () => new Date(),
  log: createLog('rotation-watch', redactor),
  redactor,
});
