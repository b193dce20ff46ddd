/** The complete lane as a Lambda function: reads its environment once, makes the clients, exports the handler. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { auditCompleteVariables } from '../../lib/contract/index.ts';
import { createDynamoDbCounters } from '../audit/adapters/dynamodb-counters.ts';
import { createDynamoDbLedger } from '../audit/adapters/dynamodb-ledger.ts';
import { createS3TrailStore } from '../audit/adapters/s3-trail-store.ts';
import { createSqsQueues } from '../audit/adapters/sqs-queues.ts';
import { createHandler } from '../audit/complete/create-handler.ts';
import { readTrailFiles } from '../audit/complete/trail-files.ts';
import { readAuditQueues } from '../audit/fan-out/audit-queues.ts';
import { sendAll } from '../audit/queues/send-all.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';

const variables = readEnvironment(auditCompleteVariables, process.env);
const client = new DynamoDBClient(awsClientOptions);
const table = variables.ledger;
const now = Date.now;
const queues = createSqsQueues({ client: new SQSClient(awsClientOptions) });
const redactor = new Redactor();

export const handler = createHandler({
  environment: variables.environment,
  destinations: readAuditQueues(auditCompleteVariables.destinations, variables.destinations),
  files: readTrailFiles(auditCompleteVariables.files, variables.files),
  queueUrl: variables.queue,
  quarantineUrl: variables.quarantine,
  store: createS3TrailStore(new S3Client(awsClientOptions)),
  ledger: createDynamoDbLedger({ client, table, now }),
  counters: createDynamoDbCounters({ client, table, now }),
  outbox: { send: (...message) => sendAll(queues, ...message) },
  log: createLog('audit-complete', redactor),
  redactor,
  now,
});
