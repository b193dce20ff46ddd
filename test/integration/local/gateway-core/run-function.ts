/** Deploys the function of `who-am-i.ts` and runs it once. */
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { LocalAws } from '../../../../local/aws.ts';
import { deployFunction } from '../../../_helpers/deployed-function.ts';
import { account, administratorOf, region } from './local-aws.ts';
import type { Answer } from './who-am-i.ts';

export const runFunction = async (
  aws: LocalAws,
  name = 'who-am-i',
  allow: readonly string[] = ['secretsmanager:ListSecrets'],
): Promise<Answer> => {
  await deployFunction(
    { endpoint: aws.endpoint, region, credentials: aws.accounts[account]! },
    {
      name,
      entry: join(import.meta.dirname, 'who-am-i.ts'),
      account,
      allow,
      environment: { NODE_OPTIONS: '--enable-source-maps', ITS_OWN: 'x' },
    },
  );
  const { Payload, FunctionError } = await administratorOf(aws).lambda.send(new InvokeCommand({ FunctionName: name }));
  const text = Buffer.from(Payload!).toString();
  if (FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as Answer;
};
