/** The forwarder to a single Splunk with its clients, by its environment. */
import { randomUUID } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { forwarderVariables, authoritiesVariable } from '../../../lib/contract/index.ts';
import { createHttpsPost, readExtraAuthorities } from '../destinations/https-post.ts';
import { createSiemToken } from '../destinations/siem-token.ts';
import { createSplunkHec } from '../destinations/splunk-hec.ts';
import { awsClientOptions } from '../../runtime/adapters/aws-client.ts';
import { readEnvironment } from '../../runtime/environment.ts';
import { createLog } from '../../runtime/log.ts';
import { Redactor } from '../../runtime/redaction.ts';
import { createHandler } from '../deliver/create-handler.ts';

const { environment, siemSecret, siemUrl, siemIndex, siemSourceType } = readEnvironment(
  forwarderVariables,
  process.env,
);

/** Whatever an operator put under whichever key may be the token. */
const nothingPlain: ReadonlySet<string> = new Set();

const redactor = new Redactor();
const log = createLog('audit', redactor);

const siem = createSplunkHec({
  url: siemUrl,
  token: createSiemToken({
    client: new SecretsManagerClient(awsClientOptions),
    secretId: siemSecret,
    url: siemUrl,
    now: Date.now,
    learn: (text) => {
      // An address in the secret may start like this one, which is public.
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

export const handler = createHandler({ siem, log, redactor, environment });
