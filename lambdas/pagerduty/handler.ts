/** The function that pages by PagerDuty: reads its environment once, makes the clients, exports the handler. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { authoritiesVariable, pagerDutySecretExample, pagerDutyVariables } from '../../lib/contract/index.ts';
import { createSqsQueues } from '../audit/adapters/sqs-queues.ts';
import { createDestinationSecret } from '../audit/destinations/destination-secret.ts';
import { createHttpsRequest, readExtraAuthorities } from '../audit/destinations/https-request.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { createHandler } from './create-handler.ts';
import { readContacts } from './contacts.ts';
import { createPagerDuty } from './pagerduty.ts';

const variables = readEnvironment(pagerDutyVariables, process.env);
const redactor = new Redactor();
const log = createLog('pagerduty', redactor);
const client = new SecretsManagerClient(awsClientOptions);
const request = createHttpsRequest({ authorities: readExtraAuthorities(process.env[authoritiesVariable]) });
const { AWS_REGION: region } = process.env;

/** Whatever an operator put under whichever key may be the routing key. */
const nothingPlain: ReadonlySet<string> = new Set();

export const handler = createHandler({
  environment: variables.environment,
  contacts: readContacts(pagerDutyVariables.contacts, variables.contacts),
  pagerDutyOf: (contact) =>
    createPagerDuty({
      region: contact.region,
      request,
      secret: createDestinationSecret({
        client,
        secretId: contact.secret,
        example: pagerDutySecretExample,
        now: Date.now,
        learn: (text) => {
          redactor.learnValue(text, nothingPlain);
        },
        warn: (message) => {
          log.warn(message);
        },
      }),
    }),
  queues: createSqsQueues({ client: new SQSClient(awsClientOptions) }),
  queueUrl: variables.queue,
  deadLettersUrl: variables.deadLetters,
  runbooks: variables.runbooks,
  log,
  redactor,
  ...(region !== undefined && { region }),
});
