/** The delivery to one destination as a Lambda function: reads its environment once, makes the clients, exports the handler. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  auditDeliverVariables,
  auditSecretVariable,
  authoritiesVariable,
  secretExample,
  type DestinationSettings,
} from '../../lib/contract/index.ts';
import { createDynamoDbLedger } from '../audit/adapters/dynamodb-ledger.ts';
import { createSqsQueues } from '../audit/adapters/sqs-queues.ts';
import { createDeliverHandler } from '../audit/deliver/create-deliver-handler.ts';
import { createDestination } from '../audit/deliver/create-destination.ts';
import { createDestinationSecret, noSecret } from '../audit/destinations/destination-secret.ts';
import { readDestinationSettings } from '../audit/destinations/destination-settings.ts';
import { createHttpsRequest, readExtraAuthorities } from '../audit/destinations/https-request.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';

const { environment, destination, queue, deadLetters, ledger } = readEnvironment(auditDeliverVariables, process.env);
const settings = readDestinationSettings(auditDeliverVariables.destination, destination);

/** Whatever an operator put under whichever key may be the credential. */
const nothingPlain: ReadonlySet<string> = new Set();

const redactor = new Redactor();
const log = createLog('audit-deliver', redactor);
const authorities = readExtraAuthorities(process.env[authoritiesVariable]);
const { AWS_REGION: region, [auditSecretVariable]: secretId } = process.env;

const urlOf = (one: DestinationSettings): { readonly url?: string } =>
  one.type === 'splunk-hec' ? { url: one.url } : {};

const createSecret = () => {
  const example = secretExample(settings);
  if (secretId === undefined || example === undefined) return noSecret;
  const { url } = urlOf(settings);
  return createDestinationSecret({
    client: new SecretsManagerClient(awsClientOptions),
    secretId,
    example,
    ...(url !== undefined && { url }),
    now: Date.now,
    learn: (text) => {
      // An address in the secret may start like this one, which is public.
      if (url !== undefined) redactor.allow(url);
      redactor.learnValue(text, nothingPlain);
    },
    warn: (message) => {
      log.warn(message);
    },
  });
};

export const handler = createDeliverHandler({
  destination: await createDestination(settings, {
    environment,
    secret: createSecret(),
    request: createHttpsRequest({ authorities }),
    authorities,
    now: Date.now,
  }),
  ledger: createDynamoDbLedger({ client: new DynamoDBClient(awsClientOptions), table: ledger, now: Date.now }),
  queues: createSqsQueues({ client: new SQSClient(awsClientOptions) }),
  log,
  redactor,
  environment,
  name: settings.name,
  view: settings.view,
  queueUrl: queue,
  deadLettersUrl: deadLetters,
  ...(region !== undefined && { region }),
});
