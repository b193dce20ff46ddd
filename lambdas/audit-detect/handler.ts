/** The detections as a Lambda function: reads its environment once, makes the clients, exports the handler. */
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { auditDetectVariables } from '../../lib/contract/index.ts';
import { createDynamoDbDetectionState } from '../audit/adapters/dynamodb-detection-state.ts';
import { createSnsAlertRoute } from '../audit/adapters/sns-alert-route.ts';
import { createSqsQueues } from '../audit/adapters/sqs-queues.ts';
import { createDeclared } from '../audit/detect/facts/declared.ts';
import { createHandler } from '../audit/detect/create-handler.ts';
import { readDetectionTable } from '../audit/detect/detection-table.ts';
import { readAuditQueues } from '../audit/fan-out/audit-queues.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';

const variables = readEnvironment(auditDetectVariables, process.env);
const { access, suppressions, topics } = readDetectionTable(resolve(import.meta.dirname, variables.table));
const client = new DynamoDBClient(awsClientOptions);
const redactor = new Redactor();
const { AWS_REGION: region } = process.env;

export const handler = createHandler({
  environment: variables.environment,
  declared: createDeclared(access),
  suppressions,
  stateWithin: (deadline) => createDynamoDbDetectionState({ client, table: variables.state }, deadline),
  route: createSnsAlertRoute({
    client: new SNSClient(awsClientOptions),
    platform: variables.alertTopic,
    topicOf: (application) => topics[application],
  }),
  queues: createSqsQueues({ client: new SQSClient(awsClientOptions) }),
  destinations: readAuditQueues(auditDetectVariables.destinations, variables.destinations),
  queueUrl: variables.queue,
  deadLettersUrl: variables.deadLetters,
  runbooks: variables.runbooks,
  log: createLog('audit-detect', redactor),
  redactor,
  ...(region !== undefined && { region }),
});
