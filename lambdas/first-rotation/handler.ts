/** Starts the first rotation of new secrets, for CloudFormation. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { answerCloudFormation } from './adapters/cloudformation.ts';
import { firstRotationPorts } from './adapters/secrets-manager.ts';
import { createHandler } from './create-handler.ts';

const client = new SecretsManagerClient(awsClientOptions);
const redactor = new Redactor();

export const handler = createHandler({
  ports: (deadline) => firstRotationPorts(client, deadline),
  answer: answerCloudFormation,
  now: () => new Date(),
  log: createLog('first-rotation', redactor),
  redactor,
});
