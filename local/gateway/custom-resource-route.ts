/** Takes the answers of custom resources: their address is the secret that CloudFormation gave them, unsigned as on AWS. */
import type { AwsResponse } from './request.ts';
import type { Route } from './server.ts';

export const createCustomResourceRoute = (emulator: string): Route => ({
  prefix: '/_ministack/cfn-response/',
  handle: async ({ method, url, body }): Promise<AwsResponse> => {
    const response = await fetch(`${emulator}${url}`, {
      method,
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(120_000),
    });
    return { status: response.status, headers: {}, body: Buffer.from(await response.arrayBuffer()) };
  },
});
