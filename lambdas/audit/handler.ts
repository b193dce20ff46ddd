/** The audit forwarder as a Lambda function: reads its environment once, makes the clients, exports the handler. */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { auditVariables, authoritiesVariable } from '../../lib/contract/index.ts';
import { createHttpsPost, readExtraAuthorities } from '../adapters/https-post.ts';
import { createSiemDestination } from '../adapters/siem-destination.ts';
import { createSplunkHec } from '../adapters/splunk-hec.ts';
import { readEnvironment } from '../middleware/environment.ts';
import { errorMapping } from '../middleware/error-mapping.ts';
import { createLog } from '../middleware/log.ts';
import { Redactor } from '../middleware/redaction.ts';
import { createHandler } from './audit.ts';

const { environment, siemSecret, siemIndex } = readEnvironment(auditVariables, process.env);

const redactor = new Redactor();

const siem = createSplunkHec({
  destination: createSiemDestination({
    client: new SecretsManagerClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    }),
    secretId: siemSecret,
    now: Date.now,
    learn: (text) => {
      redactor.learnValue(text);
    },
  }),
  index: siemIndex,
  environment,
  channel: randomUUID(),
  post: createHttpsPost(readExtraAuthorities(process.env[authoritiesVariable])),
});

const forward = createHandler({
  siem,
  clock: { now: Date.now, sleep: (ms) => sleep(ms) },
  random: () => randomInt(2 ** 32) / 2 ** 32,
  log: createLog('audit', redactor),
  environment,
});

export const handler = middy<SQSEvent, SQSBatchResponse>().use(errorMapping(redactor)).handler(forward);
