/** The normaliser of audit events as a Lambda function: reads its environment once, makes the clients, exports the handler. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { auditVariables } from '../../lib/contract/index.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { readAuditQueues } from './fan-out/audit-queues.ts';
import { createNormaliseHandler } from './fan-out/create-normalise-handler.ts';
import { createSqsQueues } from './adapters/sqs-queues.ts';

const { environment, destinations, queue, quarantine } = readEnvironment(auditVariables, process.env);
const { AWS_REGION: region } = process.env;
const redactor = new Redactor();

export const handler = createNormaliseHandler({
  queues: createSqsQueues({ client: new SQSClient(awsClientOptions) }),
  destinations: readAuditQueues(auditVariables.destinations, destinations),
  queueUrl: queue,
  quarantineUrl: quarantine,
  environment,
  ...(region !== undefined && { region }),
  log: createLog('audit', redactor),
  redactor,
});
