/** Starts a local AWS with a function that runs, prints what a test must know, and waits to be killed. */
import { startLocalAws } from '../../../../local/aws.ts';
import { account, region } from './local-aws.ts';
import { runFunction } from './run-function.ts';

const aws = await startLocalAws({ accounts: [account], region });
const { pid, parentPid } = await runFunction(aws);
console.log(JSON.stringify({ endpoint: aws.endpoint, pids: [pid, parentPid] }));
