/** Starts the first rotation of new secrets, for CloudFormation. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { firstRotationPorts } from './adapters/first-rotation.ts';
import { errorMapping } from '../runtime/error-mapping.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { createHandler } from './start/first-rotation.ts';

const redactor = new Redactor();

const start = createHandler({
  ...firstRotationPorts(new SecretsManagerClient(awsClientOptions)),
  now: () => new Date(),
  log: createLog('first-rotation', redactor),
});

export const handler = middy<unknown, undefined>()
  .use(errorMapping(redactor))
  .handler(async (event) => {
    await start(event);
    return undefined;
  });
