/** Watches secrets that functions of the organisation's own rotate, every hour. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import { watchVariables } from '../../lib/contract/index.ts';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { invocationDeadline } from '../runtime/deadline.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { errorMapping } from '../runtime/error-mapping.ts';
import { createLog } from '../runtime/log.ts';
import { Redactor } from '../runtime/redaction.ts';
import { describeSecret } from './adapters/describe.ts';
import { createHandler, type WatchReport } from './watch/watch.ts';

const { environment } = readEnvironment(watchVariables, process.env);
const redactor = new Redactor();
const log = createLog('rotation-watch', redactor);
const client = new SecretsManagerClient(awsClientOptions);

export const handler = middy<unknown, WatchReport>()
  .use(errorMapping(redactor))
  .handler((event, context) => {
    const deadline = invocationDeadline(() => context.getRemainingTimeInMillis());
    return createHandler(environment, { describe: describeSecret(client, deadline), now: () => new Date(), log })(
      event,
    );
  });
