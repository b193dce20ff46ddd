/** The audit forwarder as a Lambda function: reads its environment once, makes the clients, exports the handler. */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { auditVariables, authoritiesVariable } from '../../lib/contract/index.ts';
import { createHttpsPost, readExtraAuthorities } from './destinations/https-post.ts';
import { createSiemToken } from './destinations/siem-token.ts';
import { createSplunkHec } from './destinations/splunk-hec.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { errorMapping } from '../runtime/error-mapping.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { createHandler } from './deliver/audit.ts';

const { environment, siemSecret, siemUrl, siemIndex, siemSourceType } = readEnvironment(auditVariables, process.env);

/** Whatever an operator put under whichever key may be the token. */
const nothingPlain: ReadonlySet<string> = new Set();

const redactor = new Redactor();
const log = createLog('audit', redactor);

const siem = createSplunkHec({
  url: siemUrl,
  token: createSiemToken({
    client: new SecretsManagerClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    }),
    secretId: siemSecret,
    url: siemUrl,
    now: Date.now,
    learn: (text) => {
      // What the secret says of an address may begin as this one does, which is no secret.
      redactor.allow(siemUrl);
      redactor.learnValue(text, nothingPlain);
    },
    warn: (message) => {
      log.warn(message);
    },
  }),
  index: siemIndex,
  sourceType: siemSourceType,
  environment,
  channel: randomUUID(),
  post: createHttpsPost(readExtraAuthorities(process.env[authoritiesVariable])),
});

const forward = createHandler({
  siem,
  clock: { now: Date.now, sleep: (ms) => sleep(ms) },
  random: () => randomInt(2 ** 32) / 2 ** 32,
  log,
  environment,
});

export const handler = middy<SQSEvent, SQSBatchResponse>().use(errorMapping(redactor)).handler(forward);
