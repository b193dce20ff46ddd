/** What is downloaded is tried three times: registries drop a connection now and then. */
import { ConstantBackoff, handleAll, retry } from 'cockatiel';

export const downloadAttempts = retry(handleAll, { maxAttempts: 2, backoff: new ConstantBackoff(0) });
